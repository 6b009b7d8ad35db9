/* radar.csv, landmark.csv, lane.csv, camera_health.csv, roadside.csv, odometry.csv: columns exactly as the
 * layout documents them. */
#include "sensors/import/import_csv_columns.h"

#include <math.h>
#include <stdio.h>

enum { RADAR_RANGE = CSV_GROUP + 1, RADAR_AZIMUTH, RADAR_DOPPLER, RADAR_ELEVATION, RADAR_RCS, RADAR_TRACK };

static const csv_column radar_columns[] = {
    TIMES_AND_SOURCE,
    GROUPED_BY("scan"),
    [RADAR_RANGE] = NUMBER("range_m", CSV_CELL, NOT_NEGATIVE),
    [RADAR_AZIMUTH] = NUMBER("azimuth_rad", CSV_CELL, TURN),
    [RADAR_DOPPLER] = NUMBER("doppler_mps", CSV_CELL, ANY),
    [RADAR_ELEVATION] = NUMBER("elevation_rad", CSV_OPTIONAL, TURN),
    [RADAR_RCS] = NUMBER("rcs_dbsm", CSV_OPTIONAL, ANY),
    [RADAR_TRACK] = INTEGER("track_id", CSV_OPTIONAL, FROM_TO(-1, INT32_MAX)),
};

static bool fill_radar(const csv_table *t, frame *f, error *e)
{
    if (!(f->u.radar.count < FRAME_MAX_DETECTIONS))
        return csv_fail(t, CSV_GROUP, e, "more than %d rows in one scan", FRAME_MAX_DETECTIONS);
    f->u.radar.detections[f->u.radar.count++] = (radar_detection){
        .range_m = number(t, RADAR_RANGE),
        .azimuth_rad = number(t, RADAR_AZIMUTH),
        .elevation_rad = number(t, RADAR_ELEVATION),
        .doppler_mps = number(t, RADAR_DOPPLER),
        .rcs_dbsm = number(t, RADAR_RCS),
        .track_id = t->values[RADAR_TRACK].known ? (int32_t)t->values[RADAR_TRACK].integer : -1,
    };
    return true;
}

static void show_radar(const frame *f, size_t row, csv_value *cells)
{
    const radar_detection *d = &f->u.radar.detections[row];
    cells[RADAR_RANGE] = number_cell((double)d->range_m);
    cells[RADAR_AZIMUTH] = number_cell((double)d->azimuth_rad);
    cells[RADAR_DOPPLER] = number_cell((double)d->doppler_mps);
    cells[RADAR_ELEVATION] = number_cell((double)d->elevation_rad);
    cells[RADAR_RCS] = number_cell((double)d->rcs_dbsm);
    cells[RADAR_TRACK] = integer_cell(d->track_id >= 0, d->track_id);
}

const csv_layout csv_radar = {.file = "radar.csv",
                              .kind = FRAME_RADAR,
                              .grouped = true,
                              .columns = radar_columns,
                              .column_count = ELEMENTS(radar_columns),
                              .fill = fill_radar,
                              .show = show_radar};

enum {
    MARK_ID = CSV_GROUP + 1,
    MARK_CLASS,
    MARK_AZIMUTH,
    MARK_ELEVATION,
    MARK_RANGE,
    MARK_SIGMA,
    MARK_SIGMA_RANGE,
    MARK_SCORE,
    MARK_FACING_AZIMUTH,
    MARK_FACING_ELEVATION,
    MARK_SIGMA_FACING
};

static const csv_column landmark_columns[] = {
    TIMES_AND_SOURCE,
    GROUPED_BY("frame"),
    [MARK_ID] = {.name = "id", .type = CSV_ID, .need = CSV_OPTIONAL},
    [MARK_CLASS] = TEXT("class", sizeof((camera_landmark *)0)->class_name),
    [MARK_AZIMUTH] = NUMBER("bearing_az_rad", CSV_CELL, TURN),
    [MARK_ELEVATION] = NUMBER("bearing_el_rad", CSV_CELL, TURN),
    [MARK_RANGE] = NUMBER("range_m", CSV_OPTIONAL, NOT_NEGATIVE),
    [MARK_SIGMA] = NUMBER("sigma_rad", CSV_OPTIONAL, POSITIVE),
    [MARK_SIGMA_RANGE] = NUMBER("sigma_range_m", CSV_OPTIONAL, POSITIVE),
    [MARK_SCORE] = NUMBER("score", CSV_OPTIONAL, SHARE),
    [MARK_FACING_AZIMUTH] = NUMBER("facing_az_rad", CSV_OPTIONAL, TURN),
    [MARK_FACING_ELEVATION] = NUMBER("facing_el_rad", CSV_OPTIONAL, TURN),
    [MARK_SIGMA_FACING] = NUMBER("sigma_facing_rad", CSV_OPTIONAL, POSITIVE),
};

static bool fill_landmark(const csv_table *t, frame *f, error *e)
{
    if (!(f->u.landmarks.count < FRAME_MAX_LANDMARKS))
        return csv_fail(t, CSV_GROUP, e, "more than %d rows in one frame", FRAME_MAX_LANDMARKS);
    camera_landmark *l = &f->u.landmarks.landmarks[f->u.landmarks.count++];
    *l = (camera_landmark){
        .id = t->values[MARK_ID].id,
        .azimuth_rad = number(t, MARK_AZIMUTH),
        .elevation_rad = number(t, MARK_ELEVATION),
        .range_m = number(t, MARK_RANGE),
        .sigma_rad = number(t, MARK_SIGMA),
        .sigma_range_m = number(t, MARK_SIGMA_RANGE),
        .score = number(t, MARK_SCORE),
    };
    if (isfinite(
            number(t, MARK_SIGMA_FACING))) { /* otherwise it is not known: 0, as of who does not say it */
        l->facing_az_rad = number(t, MARK_FACING_AZIMUTH);
        l->facing_el_rad = number(t, MARK_FACING_ELEVATION);
        l->sigma_facing_rad = number(t, MARK_SIGMA_FACING);
    }
    snprintf(l->class_name, sizeof l->class_name, "%s", t->values[MARK_CLASS].text);
    return true;
}

static void show_landmark(const frame *f, size_t row, csv_value *cells)
{
    const camera_landmark *l = &f->u.landmarks.landmarks[row];
    bool faces = l->sigma_facing_rad > 0.0f;
    cells[MARK_ID] = (csv_value){.known = l->id != 0, .id = l->id, .text = ""};
    cells[MARK_CLASS] = text_cell(l->class_name);
    cells[MARK_AZIMUTH] = number_cell((double)l->azimuth_rad);
    cells[MARK_ELEVATION] = number_cell((double)l->elevation_rad);
    cells[MARK_RANGE] = number_cell((double)l->range_m);
    cells[MARK_SIGMA] = number_cell((double)l->sigma_rad);
    cells[MARK_SIGMA_RANGE] = number_cell((double)l->sigma_range_m);
    cells[MARK_SCORE] = number_cell((double)l->score);
    cells[MARK_FACING_AZIMUTH] = number_cell(faces ? (double)l->facing_az_rad : NAN);
    cells[MARK_FACING_ELEVATION] = number_cell(faces ? (double)l->facing_el_rad : NAN);
    cells[MARK_SIGMA_FACING] = number_cell(faces ? (double)l->sigma_facing_rad : NAN);
}

const csv_layout csv_landmark = {.file = "landmark.csv",
                                 .kind = FRAME_LANDMARKS,
                                 .grouped = true,
                                 .columns = landmark_columns,
                                 .column_count = ELEMENTS(landmark_columns),
                                 .fill = fill_landmark,
                                 .show = show_landmark};

enum {
    LANE_SIDE = CSV_GROUP + 1,
    LANE_OFFSET,
    LANE_HEADING,
    LANE_CURVATURE,
    LANE_TYPE,
    LANE_SIGMA,
    LANE_SCORE
};

static const char *const side_words[] = {"left", "right", NULL};
_Static_assert(LANE_SIDE_LEFT == 1 && LANE_SIDE_RIGHT == 2, "the words follow the enum from LEFT");

static const csv_column lane_columns[] = {
    TIMES_AND_SOURCE,
    GROUPED_BY("frame"),
    [LANE_SIDE] = WORD("side", CSV_CELL, side_words),
    [LANE_OFFSET] = NUMBER("offset_m", CSV_CELL, ANY),
    [LANE_HEADING] = NUMBER("heading_rad", CSV_CELL, TURN),
    [LANE_CURVATURE] = NUMBER("curvature_1pm", CSV_OPTIONAL, ANY),
    [LANE_TYPE] = TEXT("type", sizeof((camera_lane *)0)->type),
    [LANE_SIGMA] = NUMBER("sigma_m", CSV_OPTIONAL, POSITIVE),
    [LANE_SCORE] = NUMBER("score", CSV_OPTIONAL, SHARE),
};

static bool fill_lane(const csv_table *t, frame *f, error *e)
{
    if (!(f->u.lanes.count < FRAME_MAX_LANES))
        return csv_fail(t, CSV_GROUP, e, "more than %d rows in one frame", FRAME_MAX_LANES);
    camera_lane *l = &f->u.lanes.lanes[f->u.lanes.count++];
    *l = (camera_lane){
        .offset_m = number(t, LANE_OFFSET),
        .heading_rad = number(t, LANE_HEADING),
        .curvature_1pm = number(t, LANE_CURVATURE),
        .sigma_m = number(t, LANE_SIGMA),
        .score = number(t, LANE_SCORE),
        .side = (uint8_t)(t->values[LANE_SIDE].integer + LANE_SIDE_LEFT),
    };
    snprintf(l->type, sizeof l->type, "%s", t->values[LANE_TYPE].text);
    return true;
}

static void show_lane(const frame *f, size_t row, csv_value *cells)
{
    const camera_lane *l = &f->u.lanes.lanes[row];
    cells[LANE_SIDE] = integer_cell(true, l->side - LANE_SIDE_LEFT);
    cells[LANE_OFFSET] = number_cell((double)l->offset_m);
    cells[LANE_HEADING] = number_cell((double)l->heading_rad);
    cells[LANE_CURVATURE] = number_cell((double)l->curvature_1pm);
    cells[LANE_TYPE] = text_cell(l->type);
    cells[LANE_SIGMA] = number_cell((double)l->sigma_m);
    cells[LANE_SCORE] = number_cell((double)l->score);
}

const csv_layout csv_lane = {.file = "lane.csv",
                             .kind = FRAME_LANES,
                             .grouped = true,
                             .columns = lane_columns,
                             .column_count = ELEMENTS(lane_columns),
                             .fill = fill_lane,
                             .show = show_lane};

enum {
    HEALTH_LUMINANCE = CSV_GROUP,
    HEALTH_SATURATED,
    HEALTH_DARK,
    HEALTH_CONTRAST,
    HEALTH_SHARPNESS,
    HEALTH_BLOCKED
};

static const csv_column camera_health_columns[] = {
    TIMES_AND_SOURCE,
    [HEALTH_LUMINANCE] = NUMBER("mean_luminance", CSV_COLUMN, SHARE),
    [HEALTH_SATURATED] = NUMBER("saturated_fraction", CSV_COLUMN, SHARE),
    [HEALTH_DARK] = NUMBER("dark_fraction", CSV_COLUMN, SHARE),
    [HEALTH_CONTRAST] = NUMBER("contrast", CSV_COLUMN, NOT_NEGATIVE),
    [HEALTH_SHARPNESS] = NUMBER("sharpness", CSV_COLUMN, NOT_NEGATIVE),
    [HEALTH_BLOCKED] = NUMBER("blocked_fraction", CSV_OPTIONAL, SHARE),
};

static bool fill_camera_health(const csv_table *t, frame *f, error *e)
{
    f->u.camera_health = (frame_camera_health){
        .mean_luminance = number(t, HEALTH_LUMINANCE),
        .saturated_fraction = number(t, HEALTH_SATURATED),
        .dark_fraction = number(t, HEALTH_DARK),
        .contrast = number(t, HEALTH_CONTRAST),
        .sharpness = number(t, HEALTH_SHARPNESS),
        .blocked_fraction = number(t, HEALTH_BLOCKED),
    };
    return csv_any_known(t, HEALTH_LUMINANCE, 6, HEALTH_LUMINANCE, e);
}

static void show_camera_health(const frame *f, size_t row, csv_value *cells)
{
    (void)row;
    const frame_camera_health *h = &f->u.camera_health;
    cells[HEALTH_LUMINANCE] = number_cell((double)h->mean_luminance);
    cells[HEALTH_SATURATED] = number_cell((double)h->saturated_fraction);
    cells[HEALTH_DARK] = number_cell((double)h->dark_fraction);
    cells[HEALTH_CONTRAST] = number_cell((double)h->contrast);
    cells[HEALTH_SHARPNESS] = number_cell((double)h->sharpness);
    cells[HEALTH_BLOCKED] = number_cell((double)h->blocked_fraction);
}

const csv_layout csv_camera_health = {.file = "camera_health.csv",
                                      .kind = FRAME_CAMERA_HEALTH,
                                      .grouped = false,
                                      .columns = camera_health_columns,
                                      .column_count = ELEMENTS(camera_health_columns),
                                      .fill = fill_camera_health,
                                      .show = show_camera_health};

enum {
    ROADSIDE_LATITUDE = CSV_GROUP,
    ROADSIDE_LONGITUDE,
    ROADSIDE_HEADING,
    ROADSIDE_SIGMA,
    ROADSIDE_SIGMA_HEADING
};

static const csv_column roadside_columns[] = {
    TIMES_AND_SOURCE,
    [ROADSIDE_LATITUDE] = NUMBER("latitude_deg", CSV_CELL, FROM_TO(-90, 90)),
    [ROADSIDE_LONGITUDE] = NUMBER("longitude_deg", CSV_CELL, FROM_TO(-180, 180)),
    [ROADSIDE_HEADING] = NUMBER("heading_deg", CSV_OPTIONAL, FROM_TO(-360, 360)),
    [ROADSIDE_SIGMA] = NUMBER("sigma_m", CSV_CELL, POSITIVE),
    [ROADSIDE_SIGMA_HEADING] = NUMBER("sigma_deg", CSV_OPTIONAL, POSITIVE),
};

static bool fill_roadside(const csv_table *t, frame *f, error *e)
{
    (void)e;
    f->u.roadside = (frame_roadside){
        .latitude_rad = t->values[ROADSIDE_LATITUDE].number * RADIANS,
        .longitude_rad = t->values[ROADSIDE_LONGITUDE].number * RADIANS,
        .heading_rad = csv_bearing(t, ROADSIDE_HEADING),
        .sigma_m = number(t, ROADSIDE_SIGMA),
        .sigma_heading_rad = (float)(t->values[ROADSIDE_SIGMA_HEADING].number * RADIANS),
    };
    return true;
}

static void show_roadside(const frame *f, size_t row, csv_value *cells)
{
    (void)row;
    const frame_roadside *r = &f->u.roadside;
    cells[ROADSIDE_LATITUDE] = degrees_cell(r->latitude_rad);
    cells[ROADSIDE_LONGITUDE] = degrees_cell(r->longitude_rad);
    cells[ROADSIDE_HEADING] = degrees_cell((double)r->heading_rad);
    cells[ROADSIDE_SIGMA] = number_cell((double)r->sigma_m);
    cells[ROADSIDE_SIGMA_HEADING] = degrees_cell((double)r->sigma_heading_rad);
}

const csv_layout csv_roadside = {.file = "roadside.csv",
                                 .kind = FRAME_ROADSIDE,
                                 .grouped = false,
                                 .columns = roadside_columns,
                                 .column_count = ELEMENTS(roadside_columns),
                                 .fill = fill_roadside,
                                 .show = show_roadside};

enum {
    ODOMETRY_BEGIN = CSV_GROUP,
    ODOMETRY_X,
    ODOMETRY_Y,
    ODOMETRY_Z,
    ODOMETRY_ROTATION_X,
    ODOMETRY_ROTATION_Y,
    ODOMETRY_ROTATION_Z,
    ODOMETRY_SCALE_SIGMA,
    ODOMETRY_SIGMA_X,
    ODOMETRY_SIGMA_Y,
    ODOMETRY_SIGMA_Z,
    ODOMETRY_SIGMA_ROTATION_X,
    ODOMETRY_SIGMA_ROTATION_Y,
    ODOMETRY_SIGMA_ROTATION_Z
};

static const csv_column odometry_columns[] = {
    TIMES_AND_SOURCE,
    [ODOMETRY_BEGIN] = {.name = "begin_s", .type = CSV_TIME, .need = CSV_CELL},
    [ODOMETRY_X] = NUMBER("x_m", CSV_CELL, ANY),
    [ODOMETRY_Y] = NUMBER("y_m", CSV_CELL, ANY),
    [ODOMETRY_Z] = NUMBER("z_m", CSV_CELL, ANY),
    [ODOMETRY_ROTATION_X] = NUMBER("rotation_x_rad", CSV_CELL, TURN),
    [ODOMETRY_ROTATION_Y] = NUMBER("rotation_y_rad", CSV_CELL, TURN),
    [ODOMETRY_ROTATION_Z] = NUMBER("rotation_z_rad", CSV_CELL, TURN),
    [ODOMETRY_SCALE_SIGMA] = NUMBER("scale_sigma", CSV_OPTIONAL, SHARE),
    [ODOMETRY_SIGMA_X] = NUMBER("sigma_x_m", CSV_OPTIONAL, NOT_NEGATIVE),
    [ODOMETRY_SIGMA_Y] = NUMBER("sigma_y_m", CSV_OPTIONAL, NOT_NEGATIVE),
    [ODOMETRY_SIGMA_Z] = NUMBER("sigma_z_m", CSV_OPTIONAL, NOT_NEGATIVE),
    [ODOMETRY_SIGMA_ROTATION_X] = NUMBER("sigma_rotation_x_rad", CSV_OPTIONAL, NOT_NEGATIVE),
    [ODOMETRY_SIGMA_ROTATION_Y] = NUMBER("sigma_rotation_y_rad", CSV_OPTIONAL, NOT_NEGATIVE),
    [ODOMETRY_SIGMA_ROTATION_Z] = NUMBER("sigma_rotation_z_rad", CSV_OPTIONAL, NOT_NEGATIVE),
};

/* All six sigmas, or the covariance is unknown. */
static void fill_odometry_covariance(const csv_table *t, float triangle[FRAME_ODOMETRY_COVARIANCE])
{
    bool known = true;
    for (int i = 0; i < 6; i++)
        known &= t->values[ODOMETRY_SIGMA_X + i].known;
    for (int i = 0; i < FRAME_ODOMETRY_COVARIANCE; i++)
        triangle[i] = known ? 0.0f : NAN;
    for (int i = 0, at = 0; known && i < 6; at += 6 - i++)
        triangle[at] = number(t, (size_t)(ODOMETRY_SIGMA_X + i)) * number(t, (size_t)(ODOMETRY_SIGMA_X + i));
}

static bool fill_odometry(const csv_table *t, frame *f, error *e)
{
    frame_odometry *o = &f->u.odometry;
    o->interval_ns = f->stamp_ns - t->values[ODOMETRY_BEGIN].integer;
    if (!(o->interval_ns > 0))
        return csv_fail(t, ODOMETRY_BEGIN, e, "not before stamp_s");
    for (size_t i = 0; i < 3; i++) {
        o->translation_m[i] = number(t, ODOMETRY_X + i);
        o->rotation_rad[i] = number(t, ODOMETRY_ROTATION_X + i);
    }
    o->scale_sigma = number(t, ODOMETRY_SCALE_SIGMA);
    fill_odometry_covariance(t, o->covariance);
    return true;
}

/* What its errors have to do with each other has no column. */
static void show_odometry(const frame *f, size_t row, csv_value *cells)
{
    (void)row;
    const frame_odometry *o = &f->u.odometry;
    cells[ODOMETRY_BEGIN] = integer_cell(true, f->stamp_ns - o->interval_ns);
    for (size_t i = 0; i < 3; i++) {
        cells[ODOMETRY_X + i] = number_cell((double)o->translation_m[i]);
        cells[ODOMETRY_ROTATION_X + i] = number_cell((double)o->rotation_rad[i]);
    }
    cells[ODOMETRY_SCALE_SIGMA] = number_cell((double)o->scale_sigma);
    for (size_t i = 0, at = 0; i < 6; at += 6 - i++)
        cells[ODOMETRY_SIGMA_X + i] = number_cell((double)sqrtf(o->covariance[at]));
}

const csv_layout csv_odometry = {.file = "odometry.csv",
                                 .kind = FRAME_ODOMETRY,
                                 .grouped = false,
                                 .columns = odometry_columns,
                                 .column_count = ELEMENTS(odometry_columns),
                                 .fill = fill_odometry,
                                 .show = show_odometry};
