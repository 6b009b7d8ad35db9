/*
 * Real road pictures with what is known of their lanes, and variants of them made as light and weather make
 * them: shadows, pale concrete, tar, worn or missing paint, a camera that is exposed or mounted wrong.
 */
#ifndef POSED_TESTS_LANE_PHOTO_H
#define POSED_TESTS_LANE_PHOTO_H

#include "sensors/camera/lanes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a line is asked for besides at the vehicle. */
#define PHOTO_AHEAD_M 15.0

typedef struct {
    char name[64];
    lane_ground ground; /* as the detector is told */
    int width, height;
    uint8_t *light, *cb; /* of the same size */
    bool painted[LANE_SIDES];
    /* What is true, in the body's axes. */
    double offset_m[LANE_SIDES], heading_rad, curvature_1pm, pitch_rad;
    double ahead_m[LANE_SIDES]; /* y of the lines PHOTO_AHEAD_M ahead */
    /* Of every pixel: ahead, and left of the lane's middle; ahead 0: not on the road. */
    float *ahead, *aside;
} road_photo;

/* The pictures of the folder lanes/ of the recordings, and some of its video's frames. */
enum { PHOTO_PICTURES = 8, PHOTO_FRAMES = 3, PHOTOS = PHOTO_PICTURES + PHOTO_FRAMES };

/* With the lane that was found in it once, and compared with the markings by eye. False: not there; the test
 * is skipped. */
bool road_photo_load(int photo, const char *data, road_photo *out);
road_photo road_photo_copy(const road_photo *from);
/* Planes of the size that it says; false: out of memory. */
bool road_photo_allocate(road_photo *p);
void road_photo_destroy(road_photo *p);
colour_view road_photo_view(const road_photo *p);

/* How far a view is off at a side, at the vehicle or PHOTO_AHEAD_M ahead; right: less than 0.2 m at both. */
double road_photo_off(const road_photo *p, const lanes_view *v, int side, bool ahead);
bool road_photo_right(const road_photo *p, const lanes_view *v, int side);

typedef enum {
    PHOTO_CLEAN,
    PHOTO_DAPPLE,
    PHOTO_BRIDGE,
    PHOTO_VEHICLE,
    PHOTO_BARRIER,
    PHOTO_GAP,
    PHOTO_RAIL,
    PHOTO_TAR,
    PHOTO_TARS,
    PHOTO_OLD,
    PHOTO_SEAM,
    PHOTO_STEP,
    PHOTO_STRIP,
    PHOTO_CONCRETE,
    PHOTO_FAINT,
    PHOTO_CONCRETE_DAPPLE,
    PHOTO_CONCRETE_BARRIER,
    PHOTO_CONCRETE_SEAM,
    PHOTO_GLARE,
    PHOTO_DARK,
    PHOTO_BRIGHT,
    PHOTO_GAMMA,
    PHOTO_NOISE,
    PHOTO_BLUR,
    PHOTO_RAIN,
    PHOTO_FADED,
    PHOTO_CAR,
    PHOTO_BONNET,
    PHOTO_MIRROR,
    PHOTO_ROLLED,
    PHOTO_PITCHED,
    PHOTO_ONE,
    PHOTO_ONE_DECOY,
    PHOTO_NONE,
    PHOTO_NONE_DECOY,
    PHOTO_NONE_CONCRETE,
    PHOTO_BEND,
    PHOTO_TIGHT,
    PHOTO_HAIRPIN,
    PHOTO_SWING,
    PHOTO_CREST,
    PHOTO_SAG,
    PHOTO_NARROW,
    PHOTO_WIDE,
    PHOTO_LOW,
    PHOTO_HIGH,
    PHOTO_SMALL,
    PHOTO_LARGE,
    PHOTO_DISTORTED,
    PHOTO_TURNED,
    PHOTO_ASIDE,
    PHOTO_CHANGE,
    PHOTO_BEND_DAPPLE,
    PHOTO_TIGHT_DAPPLE,
    PHOTO_TIGHT_CONCRETE,
    PHOTO_CREST_DAPPLE,
    PHOTO_WOODS,
    PHOTO_BEND_ONE,
    PHOTO_TIGHT_ONE,
    PHOTO_TIGHT_NONE,
    PHOTO_STREAKS, /* from here on: lane_vary_ground.c */
    PHOTO_CONCRETE_STREAKS,
    PHOTO_SUNLIT,
    PHOTO_SEALING,
    PHOTO_GUTTER,
    PHOTO_VERGE,
    PHOTO_TRACKS,
    PHOTO_CONCRETE_TRACKS,
    PHOTO_CONCRETE_BRIDGE,
    PHOTO_DOUBLED,
    PHOTO_ROADWORKS,
    PHOTO_WORN,
    PHOTO_ARROWS,
    PHOTO_WORDS,
    PHOTO_CROSSING,
    PHOTO_FORK,
    PHOTO_RUMBLE,
    PHOTO_DOTS,
    PHOTO_WET, /* from here on: lane_vary_air.c */
    PHOTO_TRUCK,
    PHOTO_BESIDE,
    PHOTO_JPEG,
    PHOTO_GREY,
    PHOTO_MOTION,
    PHOTO_DROPS,
    PHOTO_ROLLED_MORE,
    PHOTO_PITCHED_MORE,
    PHOTO_ALL_AT_ONCE,
    PHOTO_SOFT, /* these are of lane_vary.c again */
    PHOTO_CONCRETE_SOFT,
    PHOTO_ONE_SOFT,
    PHOTO_NONE_SOFT,
    PHOTO_VARIANT_COUNT
} photo_variant;

extern const char *const photo_names[PHOTO_VARIANT_COUNT];

/* Another picture of the same road; the same seed gives the same. */
road_photo road_photo_vary(const road_photo *p, photo_variant v, uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
