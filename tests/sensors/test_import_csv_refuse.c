/* What the neutral CSV layout does not allow, by its place; nothing is published then. */
#include "tests/sensors/import_fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GNSS "stamp_s,latitude_deg,longitude_deg,height_m"
#define RADAR "stamp_s,scan,range_m,azimuth_rad,doppler_mps"
static const struct {
    const char *legend, *file, *text, *expected;
} bad[] = {
    {"a word for a number", "gnss.csv", GNSS "\n1,2,3,4\n1,north,3,4\n",
     "gnss.csv:3:latitude_deg: expected a number, found \"north\""},
    {"beyond the pole", "gnss.csv", GNSS "\n1,90.1,3,4\n",
     "gnss.csv:2:latitude_deg: expected a number from -90 to 90, found 90.1"},
    {"beyond the date line", "gnss.csv", GNSS "\n1,0,-180.5,4\n",
     "gnss.csv:2:longitude_deg: expected a number from -180 to 180, found -180.5"},
    {"nan", "gnss.csv", GNSS "\n1,nan,3,4\n",
     "gnss.csv:2:latitude_deg: expected a number, found \"nan\" (a cell that is not known is left empty)"},
    {"infinity", "gnss.csv", GNSS "\n1,2,3,inf\n", "gnss.csv:2:height_m: expected a number, found \"inf\""},
    {"too large for a double", "gnss.csv", GNSS "\n1,2,3,1e999\n",
     "gnss.csv:2:height_m: expected a number, found \"1e999\""},
    {"hexadecimal", "gnss.csv", GNSS "\n1,2,0x3,4\n",
     "gnss.csv:2:longitude_deg: expected a number, found \"0x3\""},
    {"two points", "gnss.csv", GNSS "\n1,2,1.2.3,4\n",
     "gnss.csv:2:longitude_deg: expected a number, found \"1.2.3\""},
    {"no latitude", "gnss.csv", GNSS "\n1,,3,4\n",
     "gnss.csv:2:latitude_deg: empty, but needed unless fix is none"},
    {"no time", "gnss.csv", GNSS "\n,2,3,4\n", "gnss.csv:2:stamp_s: empty, but needed"},
    {"ten decimals", "gnss.csv", GNSS "\n1.0123456789,2,3,4\n",
     "gnss.csv:2:stamp_s: expected seconds, not negative, with at most nine decimals, found "
     "\"1.0123456789\""},
    {"negative time", "gnss.csv", GNSS "\n-1,2,3,4\n",
     "gnss.csv:2:stamp_s: expected seconds, not negative, with at most nine decimals, found \"-1\""},
    {"time with an exponent", "gnss.csv", GNSS "\n1e3,2,3,4\n",
     "gnss.csv:2:stamp_s: expected seconds, not negative, with at most nine decimals, found \"1e3\""},
    {"milliseconds", "gnss.csv", GNSS "\n1533226000000,2,3,4\n",
     "gnss.csv:2:stamp_s: expected seconds, not negative, with at most nine decimals, found "
     "\"1533226000000\""},
    {"a point without decimals", "gnss.csv", GNSS "\n1.,2,3,4\n",
     "gnss.csv:2:stamp_s: expected seconds, not negative, with at most nine decimals, found \"1.\""},
    {"unknown fix", "gnss.csv", GNSS ",fix\n1,2,3,4,rtk\n",
     "gnss.csv:2:fix: expected one of none, 2d, 3d, dgnss, float, fixed, found \"rtk\""},
    {"half a satellite", "gnss.csv", GNSS ",satellites\n1,2,3,4,1.5\n",
     "gnss.csv:2:satellites: expected an integer, found \"1.5\""},
    {"negative accuracy", "gnss.csv", GNSS ",h_acc_m\n1,2,3,4,-1\n",
     "gnss.csv:2:h_acc_m: expected a number from 0 to 3.40282e+38, found -1"},
    {"probability above one", "gnss.csv", GNSS ",jamming\n1,2,3,4,1.01\n",
     "gnss.csv:2:jamming: expected a number from 0 to 1, found 1.01"},
    {"another kind's source", "gnss.csv", GNSS ",source\n1,2,3,4,imu/x\n",
     "gnss.csv:2:source: expected a name of letters, digits, '.', '_' and '-' (or gnss/NAME), found "
     "\"imu/x\""},
    {"a space in a source", "gnss.csv", GNSS ",source\n1,2,3,4,a b\n",
     "gnss.csv:2:source: expected a name of letters, digits, '.', '_' and '-' (or gnss/NAME), found \"a b\""},
    {"too few cells", "gnss.csv", GNSS "\n1,2,3\n", "gnss.csv:2: 3 cells, the header has 4"},
    {"too many cells", "gnss.csv", GNSS "\n1,2,3,4,\n", "gnss.csv:2: 5 cells, the header has 4"},
    {"an open quote", "gnss.csv", GNSS "\n1,2,3,\"4\n",
     "gnss.csv:2: a quote that does not enclose a whole cell"},
    {"a quote inside", "gnss.csv", GNSS "\n1,2,3,4\"\n",
     "gnss.csv:2: a quote that does not enclose a whole cell"},
    {"text after a quote", "gnss.csv", GNSS "\n1,2,3,\"4\"5\n",
     "gnss.csv:2: a quote that does not enclose a whole cell"},
    {"an empty line is counted", "gnss.csv", GNSS "\n\n1,2,3,x\n",
     "gnss.csv:3:height_m: expected a number, found \"x\""},
    {"empty file", "gnss.csv", "", "gnss.csv:1: no header line"},
    {"missing column", "gnss.csv", "stamp_s,latitude_deg,height_m\n",
     "gnss.csv:1: column \"longitude_deg\" is missing"},
    {"unknown column", "gnss.csv", GNSS ",colour\n", "gnss.csv:1: there is no column \"colour\""},
    {"semicolons", "gnss.csv", "stamp_s;latitude_deg\n1;2,5\n",
     "gnss.csv:1: there is no column \"stamp_s;latitude_deg\": cells are divided by commas"},
    {"nearly a column", "gnss.csv", "stamp_s,latitude,longitude_deg,height_m\n",
     "gnss.csv:1: there is no column \"latitude\"; did you mean \"latitude_deg\"?"},
    {"another unit", "gnss.csv", "stamp_ns,latitude_deg,longitude_deg,height_m\n",
     "gnss.csv:1: there is no column \"stamp_ns\"; did you mean \"stamp_s\"?"},
    {"column twice", "gnss.csv", GNSS ",stamp_s\n", "gnss.csv:1: column \"stamp_s\" is there twice"},
    {"a row of nothing", "imu.csv", "stamp_s,gyro_z_radps,accel_x_mps2\n1,,\n",
     "imu.csv:2:gyro_z_radps: empty, and so is every other value of the row"},
    {"a wheel row of nothing", "wheel.csv", "stamp_s,speed_mps\n1,\n",
     "wheel.csv:2:speed_mps: empty, and so is every other value of the row"},
    {"no Doppler", "radar.csv", RADAR "\n1,1,10,0,\n", "radar.csv:2:doppler_mps: empty, but needed"},
    {"half a scan number", "radar.csv", RADAR "\n1,1.5,10,0,0\n",
     "radar.csv:2:scan: expected an integer, found \"1.5\""},
    {"a row apart from its scan", "radar.csv", RADAR "\n1,1,10,0,0\n1,1,11,0,0\n2,2,10,0,0\n1,1,12,0,0\n",
     "radar.csv:5:scan: row of scan 1 of radar/main apart from the others: they stand together"},
    {"negative range", "radar.csv", RADAR "\n1,1,-10,0,0\n",
     "radar.csv:2:range_m: expected a number from 0 to 3.40282e+38, found -10"},
    {"degrees", "radar.csv", RADAR "\n1,1,10,45,0\n",
     "radar.csv:2:azimuth_rad: expected a number from -6.28319 to 6.28319, found 45"},
    {"a long class", "landmark.csv",
     "stamp_s,frame,class,bearing_az_rad,bearing_el_rad\n1,1,a class of 17 cha,0,0\n",
     "landmark.csv:2:class: expected at most 15 characters, found \"a class of 17 cha\""},
    {"Latin-1", "landmark.csv",
     "stamp_s,frame,class,bearing_az_rad,bearing_el_rad\n1,1,Stra\xdf"
     "e,0,0\n",
     "landmark.csv:2:class: a byte 0xdf that is no UTF-8"},
    {"negative id", "landmark.csv", "stamp_s,frame,id,bearing_az_rad,bearing_el_rad\n1,1,-1,0,0\n",
     "landmark.csv:2:id: expected an integer from 0 to 2^64-1, found \"-1\""},
    {"no sigma", "lane.csv", "stamp_s,frame,side,offset_m,heading_rad,sigma_m\n1,1,left,0,0,0\n",
     "lane.csv:2:sigma_m: expected a number from 1.17549e-38 to 3.40282e+38, found 0"},
    {"unknown side", "lane.csv", "stamp_s,frame,side,offset_m,heading_rad\n1,1,Left,0,0\n",
     "lane.csv:2:side: expected one of left, right, found \"Left\""},
    {"nine lanes", "lane.csv",
     "stamp_s,frame,side,offset_m,heading_rad\n1,1,left,0,0\n1,1,left,0,0\n1,1,left,0,0\n1,1,left,0,0\n"
     "1,1,left,0,0\n1,1,left,0,0\n1,1,left,0,0\n1,1,left,0,0\n1,1,left,0,0\n",
     "lane.csv:10:frame: more than 8 rows in one frame"},
    {"a share above one", "camera_health.csv",
     "stamp_s,mean_luminance,saturated_fraction,dark_fraction,contrast,sharpness\n1,0,2,0,0,0\n",
     "camera_health.csv:2:saturated_fraction: expected a number from 0 to 1, found 2"},
    {"no sigma", "roadside.csv", "stamp_s,latitude_deg,longitude_deg,sigma_m\n1,2,3,\n",
     "roadside.csv:2:sigma_m: empty, but needed"},
    {"an increment that ends before it begins", "odometry.csv",
     "stamp_s,begin_s,x_m,y_m,z_m,rotation_x_rad,rotation_y_rad,rotation_z_rad\n1,1,2,3,4,0,0,0\n",
     "odometry.csv:2:begin_s: not before stamp_s"},
    {"no height", "truth.csv", GNSS "\n1,2,3,\n", "truth.csv:2:height_m: empty, but needed"},
    {"a source of truth", "truth.csv", GNSS ",source\n", "truth.csv:1: there is no column \"source\""},
};

START_TEST (a_malformed_cell_is_named_and_nothing_is_published) {
    char expected[256];
    write_text(directory, "wheel.csv", "stamp_s,speed_mps\n1,2\n"); /* good, and must not come through */
    write_text(directory, bad[_i].file, bad[_i].text);
    ck_assert_msg(!importer_find("csv")->run(directory, &r.sink, &e), "%s", bad[_i].legend);
    snprintf(expected, sizeof expected, "%s/%s", directory, bad[_i].expected);
    ck_assert_msg(strcmp(e.text, expected) == 0, "%s:\n%s\n%s", bad[_i].legend, e.text, expected);
    ck_assert_uint_eq(r.frame_count, 0);
    ck_assert_str_eq(r.origin, "");
}
END_TEST

START_TEST (what_is_no_text_is_refused) {
    char *line = malloc(70000);
    memset(line, 'x', 70000);
    write_file(directory, "imu.csv", "stamp_s,gyro_z_radps\n1,\0\n", 24);
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_msg(strstr(e.text, "imu.csv:2: a NUL byte"), "%s", e.text);
    write_file(directory, "imu.csv", line, 70000);
    e.text[0] = '\0';
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_msg(strstr(e.text, "imu.csv:1: longer than"), "%s", e.text);
    write_text(directory, "imu.csv", "stamp_s,gyro_z_radps\n");
    e.text[0] = '\0';
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_msg(strstr(e.text, "nothing but header lines"), "%s", e.text);
    write_file(directory, "drive.yaml", "a\0b", 3);
    e.text[0] = '\0';
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_msg(strstr(e.text, "drive.yaml: not a YAML text"), "%s", e.text);
    write_text(directory, "imu.csv", "stamp_s,gyro_z_radps\n1,0\n");
    write_text(directory, "drive.yaml", "sources:\n  imu/main: {tilt: 1}\n"); /* no replay would take it */
    e.text[0] = '\0';
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_msg(strstr(e.text, "drive.yaml:2:14: no setting \"tilt\""), "%s", e.text);
    free(line);
}
END_TEST

START_TEST (what_is_no_layout_is_named) {
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_msg(strstr(e.text, "none of gnss.csv"), "%s", e.text);
    write_text(directory, "imu.csv/x", ""); /* a directory of that name */
    e.text[0] = '\0';
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_msg(strstr(e.text, "imu.csv: Is a directory"), "%s", e.text);
    e.text[0] = '\0';
    ck_assert(!importer_find("csv")->run("/nowhere", &r.sink, &e));
    ck_assert_str_eq(e.text, "/nowhere: No such file or directory");
    e.text[0] = '\0';
    ck_assert(!importer_find("csv")->run("/dev/null", &r.sink, &e));
    ck_assert_str_eq(e.text, "/dev/null: not a directory");
}
END_TEST

START_TEST (a_sink_that_fails_ends_the_import) {
    r.fail_after = 1;
    write_text(directory, "imu.csv", "stamp_s,gyro_z_radps\n1,5\n2,6\n");
    ck_assert(!importer_find("csv")->run(directory, &r.sink, &e));
    ck_assert_str_eq(e.text, ""); /* the sink's owner knows why */
    ck_assert_uint_eq(r.frame_count, 1);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("import csv, refused");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_malformed_cell_is_named_and_nothing_is_published, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tc, what_is_no_text_is_refused);
    tcase_add_test(tc, what_is_no_layout_is_named);
    tcase_add_test(tc, a_sink_that_fails_ends_the_import);
    return run_cases("import csv, refused", tc);
}
