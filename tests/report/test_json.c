/*
 * What the page's JSON looks like, and that no text can break out of it.
 */
#include "report/json.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *text_of(const char *text)
{
    char *written = NULL;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    ck_assert_ptr_nonnull(out);
    json_writer w = {out, false};
    json_text(&w, NULL, text);
    fclose(out);
    return written;
}

static const struct {
    const char *what, *text, *json;
} texts[] = {
    {"plain", "gnss/roof", "\"gnss/roof\""},
    {"absent", NULL, "null"},
    {"empty", "", "\"\""},
    {"the end of its element", "</script>", "\"\\u003c/script\\u003e\""},
    {"a comment", "<!--", "\"\\u003c!--\""},
    {"an entity", "&lt;", "\"\\u0026lt;\""},
    {"quote and backslash", "\"\\", "\"\\u0022\\u005c\""},
    {"control characters", "\n\x01", "\"\\u000a\\u0001\""},
    {"two, three and four bytes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x97",
     "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x97\""},
    {"a byte that begins nothing",
     "a\xff"
     "b",
     "\"a\\ufffdb\""},
    {"a character that is cut off", "\xe2\x82", "\"\\ufffd\\ufffd\""},
    {"an overlong slash", "\xc0\xaf", "\"\\ufffd\\ufffd\""},
    {"a surrogate", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
};

START_TEST (a_text_stays_a_text) {
    char *written = text_of(texts[_i].text);
    ck_assert_msg(strcmp(written, texts[_i].json) == 0, "%s: %s", texts[_i].what, written);
    free(written);
}
END_TEST

/* Whatever the bytes, nothing in the page's data can begin a tag or an entity. */
START_TEST (no_byte_begins_markup) {
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            char text[3] = {(char)first, (char)second, '\0'};
            char *written = text_of(text);
            if (strpbrk(written, "<>&\n")) /* Check would write down every assertion that it passes */
                ck_abort_msg("%02x %02x: %s", (unsigned)first, (unsigned)second, written);
            free(written);
        }
    }
}
END_TEST

static const struct {
    double value;
    int decimals;
    const char *json;
} numbers[] = {
    {1.5, 3, "1.5"},       {2, 3, "2"},
    {100, 0, "100"},       {-0.0004, 3, "0"},
    {-1.26, 1, "-1.3"},    {NAN, 3, "null"},
    {INFINITY, 0, "null"}, {-INFINITY, 2, "null"},
    {1e15, 2, "1e+15"},    {0.1234567894, 9, "0.123456789"},
};

START_TEST (a_number_is_rounded) {
    char *written = NULL;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    json_writer w = {out, false};
    json_number(&w, NULL, numbers[_i].value, numbers[_i].decimals);
    fclose(out);
    ck_assert_str_eq(written, numbers[_i].json);
    free(written);
}
END_TEST

START_TEST (a_whole_number_below_0_is_not_known) {
    char *written = NULL;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    json_writer w = {out, false};
    json_open(&w, NULL, '[');
    json_whole(&w, NULL, 0);
    json_whole(&w, NULL, 1234567);
    json_whole(&w, NULL, -1);
    json_close(&w, ']');
    fclose(out);
    ck_assert_str_eq(written, "[0,1234567,null]");
    free(written);
}
END_TEST

START_TEST (commas_stand_between) {
    const double values[] = {1, 9, 2, 9, NAN, 9};
    char *written = NULL;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    json_writer w = {out, false};
    json_open(&w, NULL, '{');
    json_numbers(&w, "list", values, 3, 2, 1);
    json_open(&w, "empty", '[');
    json_close(&w, ']');
    json_text(&w, "last", "x");
    json_close(&w, '}');
    fclose(out);
    ck_assert_str_eq(written, "{\"list\":[1,2,null],\"empty\":[],\"last\":\"x\"}");
    free(written);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("json");
    tcase_add_loop_test(c, a_text_stays_a_text, 0, sizeof texts / sizeof *texts);
    tcase_add_test(c, no_byte_begins_markup);
    tcase_add_loop_test(c, a_number_is_rounded, 0, sizeof numbers / sizeof *numbers);
    tcase_add_test(c, a_whole_number_below_0_is_not_known);
    tcase_add_test(c, commas_stand_between);
    return run_cases("json", c);
}
