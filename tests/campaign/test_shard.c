/*
 * Shards: their notation, what each owns, their files.
 */
#include "campaign/shard.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

START_TEST (notation) {
    const struct {
        const char *text;
        uint32_t index, count; /* 0: refused */
    } rows[] = {
        {"1/1", 1, 1},
        {"3/100", 3, 100},
        {"100/100", 100, 100},
        {"7/100000", 7, 100000},
        {"", 0, 0},
        {"0/1", 0, 0},
        {"2/1", 0, 0},
        {"1/0", 0, 0},
        {"1/100001", 0, 0},
        {"1", 0, 0},
        {"1/", 0, 0},
        {"/1", 0, 0},
        {"-1/3", 0, 0},
        {"+1/3", 0, 0},
        {" 1/3", 0, 0},
        {"1/3 ", 0, 0},
        {"1/ 3", 0, 0},
        {"01/3", 0, 0},
        {"1/3/5", 0, 0},
        {"a/b", 0, 0},
        {"1of3", 0, 0},
        {"0x1/3", 0, 0},
        {"4294967297/4294967298", 0, 0},
        {"18446744073709551617/18446744073709551618", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        error e = {""};
        shard s = {0, 0};
        bool good = shard_parse(rows[i].text, &s, &e);
        ck_assert_msg(good == (rows[i].count != 0), "\"%s\"", rows[i].text);
        ck_assert_int_eq(good, e.text[0] == '\0');
        if (good) {
            ck_assert_uint_eq(s.index, rows[i].index);
            ck_assert_uint_eq(s.count, rows[i].count);
        }
    }
}
END_TEST

/* Each run has one owner, and no shard has more than one run more than another. */
START_TEST (each_run_has_one_owner) {
    for (uint32_t count = 1; count <= 37; count++) {
        uint32_t owned[38] = {0}, runs = 1000;
        for (uint32_t run = 0; run < runs; run++) {
            uint32_t owners = 0;
            for (uint32_t i = 1; i <= count; i++) {
                if (shard_owns((shard){i, count}, run)) {
                    owners++;
                    owned[i]++;
                }
            }
            ck_assert_uint_eq(owners, 1);
        }
        for (uint32_t i = 1; i <= count; i++)
            ck_assert(owned[i] == runs / count || owned[i] == runs / count + 1);
    }
    ck_assert(shard_owns((shard){0, 0}, 5));
}
END_TEST

START_TEST (files) {
    const struct {
        const char *name;
        uint32_t index, count; /* 0: no file of a shard */
        shard_file kind;
    } rows[] = {
        {"3-of-100.part", 3, 100, SHARD_PART}, {"3-of-100.sqlite", 3, 100, SHARD_FINISHED},
        {"1-of-1.log", 1, 1, SHARD_LOG},       {"3-of-100.part-journal", 0, 0, SHARD_PART},
        {"3-of-100", 0, 0, SHARD_PART},        {"3-of-2.part", 0, 0, SHARD_PART},
        {"03-of-20.part", 0, 0, SHARD_PART},   {"3-of-100.sqlite.bak", 0, 0, SHARD_PART},
        {"slurm.sh", 0, 0, SHARD_PART},        {".", 0, 0, SHARD_PART},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[PATH_MAX];
        shard s;
        shard_file kind;
        bool is_one = shard_of_name(rows[i].name, &s, &kind);
        ck_assert_msg(is_one == (rows[i].count != 0), "%s", rows[i].name);
        if (!is_one)
            continue;
        ck_assert_int_eq(kind, rows[i].kind);
        ck_assert(shard_path("/a dir", s, kind, path, NULL));
        ck_assert(strncmp(path, "/a dir/shards/", 14) == 0);
        ck_assert_str_eq(path + 14, rows[i].name);
    }
}
END_TEST

START_TEST (name_too_long) {
    static char dir[PATH_MAX], path[PATH_MAX];
    error e = {""};
    memset(dir, 'a', sizeof dir - 1);
    ck_assert(!shard_path(dir, (shard){1, 2}, SHARD_PART, path, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "too long"));
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("shard");
    tcase_add_test(all, notation);
    tcase_add_test(all, each_run_has_one_owner);
    tcase_add_test(all, files);
    tcase_add_test(all, name_too_long);
    return run_cases("shard", all);
}
