/* Which map: through a drive's metadata and through a status, and out of what is damaged. */
#include "tests/suite.h"
#include "wire/drive.h"
#include "wire/drive_source.h"
#include "wire/message.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const map_identity town = {"town.pmap", 0x2036257d, 121, 300, 62, 20000, 20100};
static const map_identity city = {"Stra\xc3\x9f"
                                  "e.pmap",
                                  0xf,
                                  1,
                                  2,
                                  3,
                                  INT32_MIN,
                                  INT32_MIN};
static char path[64];
static error e;

static void setup(void)
{
    strcpy(path, "/tmp/posed-map-identity-XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    e.text[0] = '\0';
}

static void teardown(void)
{
    unlink(path);
}

/* A drive of one frame that names these maps. */
static void write_drive(const map_identity *const *maps, size_t count)
{
    frame f = {.kind = FRAME_WHEEL, .stamp_ns = 1, .received_ns = 1};
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    for (size_t i = 0; i < count; i++)
        ck_assert(drive_write_map(w, maps[i]));
    ck_assert(drive_write_frame(w, &f, "wheel/a"));
    ck_assert_msg(drive_writer_close(w, false, &e), "%s", e.text);
}

static size_t read_drive(map_identity *out, size_t room)
{
    drive_source *d = drive_source_open(path, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    const size_t found = drive_source_maps(d, out, room);
    drive_source_close(d);
    return found;
}

START_TEST (a_drive_names_each_change) {
    const map_identity none = {.file = ""};
    const map_identity *const maps[] = {&town, &town, &city, &none, &town};
    map_identity found[8];
    write_drive(NULL, 0);
    ck_assert_uint_eq(read_drive(found, 8), 0);
    write_drive(maps, 5);
    ck_assert_uint_eq(read_drive(found, 8), 4);
    ck_assert(map_identity_same(&found[0], &town) && map_identity_same(&found[1], &city));
    ck_assert(map_identity_same(&found[2], &none) && map_identity_same(&found[3], &town));
    ck_assert_str_eq(found[0].file, "town.pmap");
    ck_assert_str_eq(found[1].file, city.file);
    ck_assert_uint_eq(read_drive(found, 2), 4);
}
END_TEST

START_TEST (what_makes_it_another) {
    map_identity a = town, none;
    map_identity_clear(&none);
    strcpy(a.file, "renamed.pmap");
    a.first_day = INT32_MIN;
    ck_assert(map_identity_same(&a, &town));
    a.checksum ^= 1;
    ck_assert(!map_identity_same(&a, &town));
    a = town;
    a.lanes++;
    ck_assert(!map_identity_same(&a, &town));
    ck_assert(!map_identity_same(&none, &town) && !map_identity_same(&town, &none));
    ck_assert(map_identity_same(&none, &none));
}
END_TEST

/* Cut anywhere, it gives what came before, and no more. */
START_TEST (a_file_that_is_cut) {
    const map_identity *const maps[] = {&town, &city};
    unsigned char bytes[65536];
    map_identity found[4];
    write_drive(maps, 2);
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    const size_t size = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    size_t last = 0;
    for (size_t n = 0; n <= size; n++) {
        unsigned char *copy = malloc(n + 1);
        memcpy(copy, bytes, n);
        const size_t count = map_identity_find((mcap_text){(const char *)copy, n}, found, 4);
        ck_assert(count >= last && count <= 2);
        last = count;
        free(copy);
    }
    ck_assert_uint_eq(last, 2);
}
END_TEST

START_TEST (a_long_name_is_cut) {
    static const char *const pairs[][2] = {
        {"file", "a-name-of-eighty-characters-that-somebody-else-wrote-into-a-drive-0123456789.pmap"},
        {"checksum", "not a number at all"},
        {"lanes", "7"}};
    map_identity found[1];
    frame f = {.kind = FRAME_WHEEL, .stamp_ns = 1, .received_ns = 1};
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert(drive_write_metadata(w, "map", pairs, 3) && drive_write_frame(w, &f, "wheel/a"));
    ck_assert(drive_writer_close(w, false, &e));
    ck_assert_uint_eq(read_drive(found, 1), 1);
    ck_assert_uint_eq(strlen(found[0].file), MAP_IDENTITY_FILE_SIZE - 1);
    ck_assert(found[0].checksum == 0 && found[0].lanes == 7);
}
END_TEST

START_TEST (a_status_names_it) {
    static const map_identity *const maps[] = {&town, &city, NULL};
    unsigned char bytes[MESSAGE_MAX_SIZE];
    const fusion_status s = {.stamp_ns = 1, .mode = MODE_NOMINAL, .missed_count = 1, .missed = {77}};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        map_identity back;
        status_extra extra = {.started_ns = 1};
        if (maps[i])
            extra.map = *maps[i];
        const size_t size = message_encode_status(&s, NULL, 1, &extra, bytes, sizeof bytes);
        ck_assert_uint_gt(size, 0);
        ck_assert_msg(message_decode_status_map(bytes, size, &back, &e), "%s", e.text);
        ck_assert(map_identity_same(&back, &extra.map));
        ck_assert_str_eq(back.file, extra.map.file);
        ck_assert_int_eq(back.first_day, maps[i] ? maps[i]->first_day : INT32_MIN);
        ck_assert_int_eq(back.last_day, maps[i] ? maps[i]->last_day : INT32_MIN);
        ck_assert(!message_decode_status_map(bytes, size - 1, &back, &e));
    }
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_drive_names_each_change);
    tcase_add_test(c, what_makes_it_another);
    tcase_add_test(c, a_file_that_is_cut);
    tcase_add_test(c, a_long_name_is_cut);
    tcase_add_test(c, a_status_names_it);
    return run_cases("map identity", c);
}
