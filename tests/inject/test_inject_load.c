/* Plans: what is taken, what is refused, where and with which words; the library and the page. */
#include "inject/kind.h"
#include "inject/plan.h"
#include "fusion/faults.h"
#include "tests/inject/fixture.h"
#include "tests/page.h"
#include "tests/suite.h"

#include <check.h>
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *legend, *yaml;
    const char *place; /* "LINE:COLUMN" of the only problem; "": the file as a whole */
    const char *words[2];
} rows[] = {
    {"empty", "", "", {"there are no faults in it"}},
    {"no faults", "name: a\n", "", {"there are no faults in it"}},
    {"not a list", "faults: 3\n", "1:9", {"a list of faults", "\"3\""}},
    {"not a fault", "faults: [3]\n", "1:10", {"expected a fault", "\"3\""}},
    {"unknown key of a plan", "fault: []\nfaults: [{fault: off, source: imu}]\n", "1:1", {"faults?"}},
    {"name", "name: a b\nfaults: [{fault: off, source: imu}]\n", "1:7", {"letters, digits"}},
    {"no kind", "faults: [{source: imu}]\n", "1:10", {"the kind is missing"}},
    {"kind", "faults: [{fault: jaming, source: gnss}]\n", "1:18", {"jaming", "did you mean jamming?"}},
    {"kind that is a list", "faults: [{fault: [off], source: gnss}]\n", "1:18", {"found a list"}},
    {"no source", "faults: [{fault: off}]\n", "1:10", {"source is missing"}},
    {"source", "faults: [{fault: off, source: gnns}]\n", "1:31", {"gnns", "did you mean gnss?"}},
    {"name of a source", "faults: [{fault: off, source: gnss/}]\n", "1:31", {"expected KIND/NAME"}},
    {"source of another kind",
     "faults: [{fault: glare, source: radar}]\n",
     "1:33",
     {"camera_health", "radar"}},
    {"map for a frame's fault", "faults: [{fault: off, source: map}]\n", "1:31", {"no fault of the map"}},
    {"source for a map's fault", "faults: [{fault: gone, source: gnss}]\n", "1:32", {"fault of the map"}},
    {"map that changes", "faults: [{fault: gone, source: map, from_s: 3}]\n", "1:10", {"does not change"}},
    {"key", "faults: [{fault: ramp, source: gnss, eastt_mps: 1}]\n", "1:38", {"eastt_mps", "east_mps?"}},
    {"unit", "faults: [{fault: offset, source: gnss, east_km: 1}]\n", "1:40", {"east_m: 1000"}},
    {"key of another kind",
     "faults: [{fault: offset, source: gnss, gyro_x_radps: 1}]\n",
     "1:40",
     {"it is of imu"}},
    {"range", "faults: [{fault: blocked, source: radar, lost: 2}]\n", "1:48", {"0 to 1"}},
    {"not finite", "faults: [{fault: offset, source: gnss, east_m: .nan}]\n", "1:48", {"finite"}},
    {"quoted number", "faults: [{fault: offset, source: gnss, east_m: '3'}]\n", "1:48", {"quotes"}},
    {"nothing", "faults: [{fault: offset, source: gnss, from_s: 3}]\n", "1:10", {"changes nothing"}},
    {"twice", "faults: [{fault: off, source: imu, source: imu}]\n", "1:36", {"given twice"}},
    {"flag", "faults: [{fault: off, source: imu, expect: [STAL]}]\n", "1:45", {"STAL", "STALE?"}},
    {"flags that are no list", "faults: [{fault: off, source: imu, expect: STALE}]\n", "1:44", {"a list"}},
    {"elements of no map",
     "faults: [{fault: off, source: imu, elements: [1]}]\n",
     "1:36",
     {"no fault of the map"}},
    {"element", "faults: [{fault: gone, source: map, elements: [x]}]\n", "1:48", {"a whole number"}},
    {"not YAML", "faults: [\n", "2:1", {"not valid YAML"}},
};

static config_problems problems;

START_TEST (is_refused) {
    char place[64];
    memset(&problems, 0, sizeof problems);
    inject_plan *p = inject_plan_load_text("a.yaml", rows[_i].yaml, strlen(rows[_i].yaml), &problems);
    ck_assert_msg(!p, "%s: taken", rows[_i].legend);
    ck_assert_msg(problems.count == 1, "%s: %zu problems: %s", rows[_i].legend, problems.count,
                  problems.text[1]);
    snprintf(place, sizeof place, "a.yaml:%s%s", rows[_i].place, rows[_i].place[0] ? ": " : " ");
    ck_assert_msg(strncmp(problems.text[0], place, strlen(place)) == 0, "%s: %s", rows[_i].legend,
                  problems.text[0]);
    for (int i = 0; i < 2 && rows[_i].words[i]; i++)
        ck_assert_msg(strstr(problems.text[0], rows[_i].words[i]), "%s: %s", rows[_i].legend,
                      problems.text[0]);
}
END_TEST

START_TEST (every_problem_is_found) {
    static const char yaml[] =
        "name: a b\nfaults:\n  - fault: of\n    source: imu\n  - fault: off\n    source: im\n"
        "  - {fault: ramp, source: gnss, east_mps: x, for_s: 0}\n";
    memset(&problems, 0, sizeof problems);
    ck_assert(!inject_plan_load_text("a", yaml, strlen(yaml), &problems));
    ck_assert_uint_eq(problems.count, 5);
}
END_TEST

START_TEST (what_was_written_is_there) {
    inject_plan *p = fixture_plan("name: both\nabout: Two at once.\n"
                                  "faults:\n"
                                  "  - {fault: ramp, source: gnss/a, from_s: 30, for_s: 10, east_mps: 0.5,\n"
                                  "     expect: [SPOOFED, JUMP]}\n"
                                  "  - {fault: off, source: landmarks}\n");
    inject_fault f = inject_plan_get(p, 0);
    ck_assert_str_eq(inject_plan_name(p), "both");
    ck_assert_str_eq(inject_plan_about(p), "Two at once.");
    ck_assert_uint_eq(inject_plan_count(p), 2);
    ck_assert_str_eq(f.kind, "ramp");
    ck_assert_str_eq(f.source, "gnss/a");
    ck_assert(fabs(f.from_s - 30) < 1e-12 && fabs(f.to_s - 40) < 1e-12);
    ck_assert_uint_eq(f.expected_mask, UINT64_C(1) << FAULT_SPOOFED | UINT64_C(1) << FAULT_JUMP);
    ck_assert(isinf(inject_plan_get(p, 1).to_s));
    ck_assert_uint_eq(inject_plan_get(p, 1).expected_mask, 0);
    inject_plan_destroy(p);
}
END_TEST

START_TEST (plans_add_up) {
    inject_plan *a = fixture_plan("name: a\nfaults: [{fault: off, source: imu}]\n");
    inject_plan *b =
        fixture_plan("name: b\nfaults: [{fault: off, source: gnss}, {fault: off, source: radar}]\n");
    memset(&problems, 0, sizeof problems);
    ck_assert(inject_plan_append(a, b, &problems));
    ck_assert_str_eq(inject_plan_name(a), "a+b");
    ck_assert_uint_eq(inject_plan_count(a), 3);
    ck_assert_str_eq(inject_plan_get(a, 2).source, "radar");
    while (inject_plan_count(b) + inject_plan_count(a) <= INJECT_MAX_FAULTS)
        ck_assert(inject_plan_append(a, b, &problems));
    ck_assert(!inject_plan_append(a, b, &problems));
    ck_assert_uint_eq(problems.count, 1);
    inject_plan_destroy(a);
    inject_plan_destroy(b);
}
END_TEST

/* Every file of the library loads, is called as its file, says what it is and which flags name it. */
START_TEST (the_library_is_good) {
    glob_t files;
    ck_assert_int_eq(glob(POSED_SOURCE_ROOT "/sim/faults/*.yaml", 0, NULL, &files), 0);
    ck_assert_uint_gt(files.gl_pathc, 50);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        memset(&problems, 0, sizeof problems);
        inject_plan *p = inject_plan_load(files.gl_pathv[i], &problems);
        ck_assert_msg(p != NULL, "%s", problems.text[0]);
        const char *file = strrchr(files.gl_pathv[i], '/') + 1, *name = inject_plan_name(p);
        ck_assert_msg(strncmp(file, name, strlen(name)) == 0 && strcmp(file + strlen(name), ".yaml") == 0,
                      "%s is called %s", file, name);
        ck_assert_msg(inject_plan_about(p)[0] != '\0', "%s", file);
        for (size_t k = 0; k < inject_plan_count(p); k++)
            ck_assert_msg(inject_plan_get(p, k).expected_mask != 0, "%s", file);
        inject_plan_destroy(p);
    }
    globfree(&files);
}
END_TEST

START_TEST (the_page_is_current) {
    check_page(POSED_SOURCE_ROOT "/docs/INJECT.md", inject_write_reference,
               "posed check-config --inject --reference");
    check_full_disk(inject_write_reference);
}
END_TEST

START_TEST (the_page_is_complete) {
    char *text = page_text(inject_write_reference), line[128];
    for (const inject_kind *const *kind = inject_kinds; *kind; kind++) {
        snprintf(line, sizeof line, "\n## %s\n", (*kind)->word);
        char *section = strstr(text, line);
        ck_assert_msg(section != NULL, "%s", (*kind)->word);
        for (size_t i = 0; i < (*kind)->keys.count; i++) {
            snprintf(line, sizeof line, "\n| `%s` |", (*kind)->keys.keys[i].name);
            ck_assert_msg(strstr(section, line), "%s of %s", line, (*kind)->word);
        }
    }
    free(text);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("load");
    tcase_add_loop_test(cases, is_refused, 0, sizeof rows / sizeof *rows);
    tcase_add_test(cases, every_problem_is_found);
    tcase_add_test(cases, what_was_written_is_there);
    tcase_add_test(cases, plans_add_up);
    tcase_add_test(cases, the_library_is_good);
    tcase_add_test(cases, the_page_is_current);
    tcase_add_test(cases, the_page_is_complete);
    return run_cases("inject load", cases);
}
