/* The files of the neutral CSV layout, and truth.csv, which is no frame. */
#include "sensors/import/import_csv_columns.h"

const csv_layout *const csv_layouts[] = {
    &csv_gnss, &csv_imu,           &csv_wheel,    &csv_radar,    &csv_landmark,
    &csv_lane, &csv_camera_health, &csv_roadside, &csv_odometry,
};
const size_t csv_layout_count = ELEMENTS(csv_layouts);
_Static_assert(ELEMENTS(csv_layouts) == FRAME_KIND_COUNT, "one file per frame kind");

/* Degrees clockwise from north to 0..2 pi. */
float csv_bearing(const csv_table *t, size_t column)
{
    double turn = fmod(t->values[column].number, 360.0);
    return (float)((turn < 0.0 ? turn + 360.0 : turn) * RADIANS);
}

/* A row in which none of `count` columns is known says nothing. */
bool csv_any_known(const csv_table *t, size_t first, size_t count, size_t named, error *e)
{
    for (size_t i = first; i < first + count; i++) {
        if (t->values[i].known)
            return true;
    }
    return csv_fail(t, named, e, "empty, and so is every other value of the row");
}

enum {
    TRUTH_LATITUDE = CSV_STAMP + 1,
    TRUTH_LONGITUDE,
    TRUTH_HEIGHT,
    TRUTH_V_EAST,
    TRUTH_V_NORTH,
    TRUTH_V_UP,
    TRUTH_ROLL,
    TRUTH_PITCH,
    TRUTH_HEADING,
    TRUTH_SIGMA
};

const csv_column csv_truth_columns[] = {
    [CSV_STAMP] = {.name = "stamp_s", .type = CSV_TIME, .need = CSV_CELL},
    [TRUTH_LATITUDE] = NUMBER("latitude_deg", CSV_CELL, FROM_TO(-90, 90)),
    [TRUTH_LONGITUDE] = NUMBER("longitude_deg", CSV_CELL, FROM_TO(-180, 180)),
    [TRUTH_HEIGHT] = NUMBER("height_m", CSV_CELL, ANY),
    [TRUTH_V_EAST] = NUMBER("v_east_mps", CSV_OPTIONAL, ANY),
    [TRUTH_V_NORTH] = NUMBER("v_north_mps", CSV_OPTIONAL, ANY),
    [TRUTH_V_UP] = NUMBER("v_up_mps", CSV_OPTIONAL, ANY),
    [TRUTH_ROLL] = NUMBER("roll_deg", CSV_OPTIONAL, FROM_TO(-180, 180)),
    [TRUTH_PITCH] = NUMBER("pitch_deg", CSV_OPTIONAL, FROM_TO(-90, 90)),
    [TRUTH_HEADING] = NUMBER("heading_deg", CSV_OPTIONAL, FROM_TO(-360, 360)),
    [TRUTH_SIGMA] = NUMBER("sigma_m", CSV_OPTIONAL, NOT_NEGATIVE),
};
const size_t csv_truth_column_count = ELEMENTS(csv_truth_columns);

void csv_fill_truth(const csv_table *t, truth_point *point)
{
    *point = (truth_point){
        .stamp_ns = t->values[CSV_STAMP].integer,
        .latitude_rad = t->values[TRUTH_LATITUDE].number * RADIANS,
        .longitude_rad = t->values[TRUTH_LONGITUDE].number * RADIANS,
        .height_m = t->values[TRUTH_HEIGHT].number,
        .velocity_enu_mps = {number(t, TRUTH_V_EAST), number(t, TRUTH_V_NORTH), number(t, TRUTH_V_UP)},
        .roll_rad = (float)(t->values[TRUTH_ROLL].number * RADIANS),
        .pitch_rad = (float)(t->values[TRUTH_PITCH].number * RADIANS),
        .heading_rad = csv_bearing(t, TRUTH_HEADING),
        .sigma_m = number(t, TRUTH_SIGMA),
    };
}

void csv_show_truth(const truth_point *point, csv_value *cells)
{
    cells[CSV_STAMP] = integer_cell(true, point->stamp_ns);
    cells[TRUTH_LATITUDE] = degrees_cell(point->latitude_rad);
    cells[TRUTH_LONGITUDE] = degrees_cell(point->longitude_rad);
    cells[TRUTH_HEIGHT] = number_cell(point->height_m);
    for (size_t i = 0; i < 3; i++)
        cells[TRUTH_V_EAST + i] = number_cell((double)point->velocity_enu_mps[i]);
    cells[TRUTH_ROLL] = degrees_cell((double)point->roll_rad);
    cells[TRUTH_PITCH] = degrees_cell((double)point->pitch_rad);
    cells[TRUTH_HEADING] = degrees_cell((double)point->heading_rad);
    cells[TRUTH_SIGMA] = number_cell((double)point->sigma_m);
}

size_t csv_row_count(const frame *f)
{
    switch ((frame_kind)f->kind) {
    case FRAME_RADAR:
        return f->u.radar.count;
    case FRAME_LANDMARKS:
        return f->u.landmarks.count;
    case FRAME_LANES:
        return f->u.lanes.count;
    default:
        return 1;
    }
}

void csv_show_frame(const csv_layout *layout, const frame *f, const char *source, size_t row,
                    csv_value cells[CSV_MAX_COLUMNS])
{
    cells[CSV_STAMP] = integer_cell(true, f->stamp_ns);
    cells[CSV_RECEIVED] = integer_cell(true, f->received_ns);
    cells[CSV_SOURCE] = text_cell(source);
    if (layout->grouped)
        cells[CSV_GROUP] = integer_cell(true, f->sequence);
    layout->show(f, row, cells);
}
