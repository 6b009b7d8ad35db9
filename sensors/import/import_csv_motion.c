/* gnss.csv, imu.csv, wheel.csv: columns exactly as the layout documents them. */
#include "sensors/import/import_csv_columns.h"

enum {
    GNSS_LATITUDE = CSV_GROUP,
    GNSS_LONGITUDE,
    GNSS_HEIGHT,
    GNSS_DATUM,
    GNSS_H_ACC,
    GNSS_V_ACC,
    GNSS_V_EAST,
    GNSS_V_NORTH,
    GNSS_V_UP,
    GNSS_SPEED,
    GNSS_COURSE,
    GNSS_SPEED_ACC,
    GNSS_FIX,
    GNSS_SATELLITES,
    GNSS_HDOP,
    GNSS_JAMMING,
    GNSS_SPOOFING
};

static const char *const fix_words[] = {"none", "2d", "3d", "dgnss", "float", "fixed", NULL};
static const char *const datum_words[] = {"ellipsoid", "msl", NULL};
_Static_assert(GNSS_FIX_NONE == 1 && GNSS_FIX_FIXED == ELEMENTS(fix_words) - 1,
               "the words follow the enum from NONE");
_Static_assert(HEIGHT_MSL == 1, "the words follow the enum");

static const csv_column gnss_columns[] = {
    TIMES_AND_SOURCE,
    [GNSS_LATITUDE] = NUMBER("latitude_deg", CSV_COLUMN, FROM_TO(-90, 90)),
    [GNSS_LONGITUDE] = NUMBER("longitude_deg", CSV_COLUMN, FROM_TO(-180, 180)),
    [GNSS_HEIGHT] = NUMBER("height_m", CSV_COLUMN, ANY),
    [GNSS_DATUM] = WORD("height_datum", CSV_OPTIONAL, datum_words),
    [GNSS_H_ACC] = NUMBER("h_acc_m", CSV_OPTIONAL, NOT_NEGATIVE),
    [GNSS_V_ACC] = NUMBER("v_acc_m", CSV_OPTIONAL, NOT_NEGATIVE),
    [GNSS_V_EAST] = NUMBER("v_east_mps", CSV_OPTIONAL, ANY),
    [GNSS_V_NORTH] = NUMBER("v_north_mps", CSV_OPTIONAL, ANY),
    [GNSS_V_UP] = NUMBER("v_up_mps", CSV_OPTIONAL, ANY),
    [GNSS_SPEED] = NUMBER("speed_mps", CSV_OPTIONAL, NOT_NEGATIVE),
    [GNSS_COURSE] = NUMBER("course_deg", CSV_OPTIONAL, FROM_TO(-360, 360)),
    [GNSS_SPEED_ACC] = NUMBER("speed_acc_mps", CSV_OPTIONAL, NOT_NEGATIVE),
    [GNSS_FIX] = WORD("fix", CSV_OPTIONAL, fix_words),
    [GNSS_SATELLITES] = INTEGER("satellites", CSV_OPTIONAL, FROM_TO(0, 1000)),
    [GNSS_HDOP] = NUMBER("hdop", CSV_OPTIONAL, NOT_NEGATIVE),
    [GNSS_JAMMING] = NUMBER("jamming", CSV_OPTIONAL, SHARE),
    [GNSS_SPOOFING] = NUMBER("spoofing", CSV_OPTIONAL, SHARE),
};

static bool fill_gnss(const csv_table *t, frame *f, error *e)
{
    const csv_value *v = t->values;
    uint8_t fix = v[GNSS_FIX].known ? (uint8_t)(v[GNSS_FIX].integer + GNSS_FIX_NONE) : GNSS_FIX_UNKNOWN;
    for (size_t i = GNSS_LATITUDE; i <= GNSS_LONGITUDE; i++) {
        if (!v[i].known && fix != GNSS_FIX_NONE)
            return csv_fail(t, i, e, "empty, but needed unless fix is none");
    }
    f->u.gnss = (frame_gnss){
        .latitude_rad = v[GNSS_LATITUDE].number * RADIANS,
        .longitude_rad = v[GNSS_LONGITUDE].number * RADIANS,
        .height_m = v[GNSS_HEIGHT].number,
        .h_acc_m = number(t, GNSS_H_ACC),
        .v_acc_m = number(t, GNSS_V_ACC),
        .velocity_enu_mps = {number(t, GNSS_V_EAST), number(t, GNSS_V_NORTH), number(t, GNSS_V_UP)},
        .speed_mps = number(t, GNSS_SPEED),
        .course_rad = csv_bearing(t, GNSS_COURSE),
        .speed_acc_mps = number(t, GNSS_SPEED_ACC),
        .hdop = number(t, GNSS_HDOP),
        .jamming = number(t, GNSS_JAMMING),
        .spoofing = number(t, GNSS_SPOOFING),
        .satellites = v[GNSS_SATELLITES].known ? (int16_t)v[GNSS_SATELLITES].integer : -1,
        .fix = fix,
        .datum = (uint8_t)v[GNSS_DATUM].integer,
    };
    return true;
}

/* A position that is missing needs the word for it. */
static int64_t fix_word(const frame_gnss *g)
{
    bool none = !isfinite(g->latitude_rad) || !isfinite(g->longitude_rad);
    return (none ? GNSS_FIX_NONE : g->fix) - GNSS_FIX_NONE;
}

static void show_gnss(const frame *f, size_t row, csv_value *cells)
{
    (void)row;
    const frame_gnss *g = &f->u.gnss;
    cells[GNSS_LATITUDE] = degrees_cell(g->latitude_rad);
    cells[GNSS_LONGITUDE] = degrees_cell(g->longitude_rad);
    cells[GNSS_HEIGHT] = number_cell(g->height_m);
    cells[GNSS_DATUM] = integer_cell(isfinite(g->height_m), g->datum);
    cells[GNSS_H_ACC] = number_cell((double)g->h_acc_m);
    cells[GNSS_V_ACC] = number_cell((double)g->v_acc_m);
    for (size_t i = 0; i < 3; i++)
        cells[GNSS_V_EAST + i] = number_cell((double)g->velocity_enu_mps[i]);
    cells[GNSS_SPEED] = number_cell((double)g->speed_mps);
    cells[GNSS_COURSE] = degrees_cell((double)g->course_rad);
    cells[GNSS_SPEED_ACC] = number_cell((double)g->speed_acc_mps);
    cells[GNSS_FIX] = integer_cell(fix_word(g) >= 0, fix_word(g));
    cells[GNSS_SATELLITES] = integer_cell(g->satellites >= 0, g->satellites);
    cells[GNSS_HDOP] = number_cell((double)g->hdop);
    cells[GNSS_JAMMING] = number_cell((double)g->jamming);
    cells[GNSS_SPOOFING] = number_cell((double)g->spoofing);
}

const csv_layout csv_gnss = {.file = "gnss.csv",
                             .kind = FRAME_GNSS,
                             .grouped = false,
                             .columns = gnss_columns,
                             .column_count = ELEMENTS(gnss_columns),
                             .fill = fill_gnss,
                             .show = show_gnss};

enum { IMU_GYRO_X = CSV_GROUP, IMU_GYRO_Y, IMU_GYRO_Z, IMU_ACCEL_X, IMU_ACCEL_Y, IMU_ACCEL_Z };

static const csv_column imu_columns[] = {
    TIMES_AND_SOURCE,
    [IMU_GYRO_X] = NUMBER("gyro_x_radps", CSV_OPTIONAL, ANY),
    [IMU_GYRO_Y] = NUMBER("gyro_y_radps", CSV_OPTIONAL, ANY),
    [IMU_GYRO_Z] = NUMBER("gyro_z_radps", CSV_COLUMN, ANY),
    [IMU_ACCEL_X] = NUMBER("accel_x_mps2", CSV_OPTIONAL, ANY),
    [IMU_ACCEL_Y] = NUMBER("accel_y_mps2", CSV_OPTIONAL, ANY),
    [IMU_ACCEL_Z] = NUMBER("accel_z_mps2", CSV_OPTIONAL, ANY),
};

static bool fill_imu(const csv_table *t, frame *f, error *e)
{
    f->u.imu = (frame_imu){
        .gyro_radps = {number(t, IMU_GYRO_X), number(t, IMU_GYRO_Y), number(t, IMU_GYRO_Z)},
        .accel_mps2 = {number(t, IMU_ACCEL_X), number(t, IMU_ACCEL_Y), number(t, IMU_ACCEL_Z)},
    };
    return csv_any_known(t, IMU_GYRO_X, 6, IMU_GYRO_Z, e);
}

static void show_imu(const frame *f, size_t row, csv_value *cells)
{
    (void)row;
    for (size_t i = 0; i < 3; i++) {
        cells[IMU_GYRO_X + i] = number_cell((double)f->u.imu.gyro_radps[i]);
        cells[IMU_ACCEL_X + i] = number_cell((double)f->u.imu.accel_mps2[i]);
    }
}

const csv_layout csv_imu = {.file = "imu.csv",
                            .kind = FRAME_IMU,
                            .grouped = false,
                            .columns = imu_columns,
                            .column_count = ELEMENTS(imu_columns),
                            .fill = fill_imu,
                            .show = show_imu};

enum {
    WHEEL_SPEED = CSV_GROUP,
    WHEEL_FRONT_LEFT,
    WHEEL_FRONT_RIGHT,
    WHEEL_REAR_LEFT,
    WHEEL_REAR_RIGHT,
    WHEEL_YAW_RATE,
    WHEEL_STEERING
};

static const csv_column wheel_columns[] = {
    TIMES_AND_SOURCE,
    [WHEEL_SPEED] = NUMBER("speed_mps", CSV_COLUMN, ANY),
    [WHEEL_FRONT_LEFT] = NUMBER("front_left_mps", CSV_OPTIONAL, ANY),
    [WHEEL_FRONT_RIGHT] = NUMBER("front_right_mps", CSV_OPTIONAL, ANY),
    [WHEEL_REAR_LEFT] = NUMBER("rear_left_mps", CSV_OPTIONAL, ANY),
    [WHEEL_REAR_RIGHT] = NUMBER("rear_right_mps", CSV_OPTIONAL, ANY),
    [WHEEL_YAW_RATE] = NUMBER("yaw_rate_radps", CSV_OPTIONAL, ANY),
    [WHEEL_STEERING] = NUMBER("steering_wheel_rad", CSV_OPTIONAL, ANY),
};

static bool fill_wheel(const csv_table *t, frame *f, error *e)
{
    f->u.wheel = (frame_wheel){
        .speed_mps = number(t, WHEEL_SPEED),
        .wheel_mps = {number(t, WHEEL_FRONT_LEFT), number(t, WHEEL_FRONT_RIGHT), number(t, WHEEL_REAR_LEFT),
                      number(t, WHEEL_REAR_RIGHT)},
        .yaw_rate_radps = number(t, WHEEL_YAW_RATE),
        .steering_wheel_rad = number(t, WHEEL_STEERING),
    };
    return csv_any_known(t, WHEEL_SPEED, 7, WHEEL_SPEED, e);
}

static void show_wheel(const frame *f, size_t row, csv_value *cells)
{
    (void)row;
    const frame_wheel *w = &f->u.wheel;
    cells[WHEEL_SPEED] = number_cell((double)w->speed_mps);
    for (size_t i = 0; i < 4; i++)
        cells[WHEEL_FRONT_LEFT + i] = number_cell((double)w->wheel_mps[i]);
    cells[WHEEL_YAW_RATE] = number_cell((double)w->yaw_rate_radps);
    cells[WHEEL_STEERING] = number_cell((double)w->steering_wheel_rad);
}

const csv_layout csv_wheel = {.file = "wheel.csv",
                              .kind = FRAME_WHEEL,
                              .grouped = false,
                              .columns = wheel_columns,
                              .column_count = ELEMENTS(wheel_columns),
                              .fill = fill_wheel,
                              .show = show_wheel};
