/*
 * Rendered roads with known lines, for the lane detector: day, dusk, night, rain, worn paint, shadows, glare,
 * pale concrete, clutter; and pictures of no road at all. Light in 0..1, made bytes with noise; colour as Cb
 * alone.
 */
#ifndef POSED_TESTS_LANE_ROAD_H
#define POSED_TESTS_LANE_ROAD_H

#include "sensors/camera/lanes.h"
#include "tests/sensors/lane_decoy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ROAD_DAY,
    ROAD_DUSK,
    ROAD_NIGHT,
    ROAD_RAIN,
    ROAD_WORN,
    ROAD_SHADOWS,
    ROAD_GLARE,
    ROAD_CONCRETE,
    ROAD_CLUTTER, /* seams, patches, arrows, cars */
    ROAD_DECOYS,  /* and what looks like a line and is none: lane_decoy.h */
    ROAD_BARE,    /* all of that, and no paint */
    ROAD_CONDITIONS,
} road_condition;

extern const char *const road_names[ROAD_CONDITIONS];

enum { ROAD_MOST_DECOYS = 2 };

typedef struct {
    road_condition condition;
    uint64_t seed;
    lane_ground ground;         /* as the detector is told */
    double pitch_rad, roll_rad; /* what the camera is off from that */
    double crest_1pm;           /* the road falls away ahead by crest x^2/2; negative: it rises */
    double taper;               /* the lane widens by so much a metre */
    double wobble_m;            /* how far a painted line strays */
    lane_shape shape;           /* its pitch is that above */
    bool painted[LANE_SIDES];
    bool dashed[LANE_SIDES], yellow[LANE_SIDES];
    road_decoy decoys[ROAD_MOST_DECOYS];
    double along_m; /* how far the car has come */
    double paint_m, dash_m, period_m, road, paint, worn;
} road_scene;

/* A road drawn from what roads are; the same seed gives the same. */
road_scene road_draw(road_condition condition, uint64_t seed, int width, int height);

typedef struct {
    int width, height;
    uint8_t *light, *cb; /* width x height; half of both sides */
} road_picture;

road_picture road_picture_create(int width, int height);
void road_picture_destroy(road_picture *p);
void road_render(const road_scene *s, road_picture *p);
colour_view road_picture_view(const road_picture *p);

/* Pictures of no road. */
typedef enum {
    NOTHING_GREY,
    NOTHING_NOISE,
    NOTHING_ROOM,
    NOTHING_LEAVES,
    NOTHING_STRIPES,
    NOTHINGS
} road_nothing;
void road_render_nothing(road_nothing what, uint64_t seed, road_picture *p);

/* Truth at the body's origin. */
double road_offset(const road_scene *s, int side);
double road_heading(const road_scene *s);

#ifdef __cplusplus
}
#endif
#endif
