/* Characters of UTF-8, and what is none (RFC 3629, section 4). */
#include "common/utf8.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text;
    size_t size, length;
} cases[] = {
    {"a", 1, 1},
    {"\x7f", 1, 1},
    {"\0", 1, 1},
    {"\xc2\x80", 2, 2},
    {"\xdf\xbfz", 3, 2},
    {"\xe0\xa0\x80", 3, 3},
    {"\xed\x9f\xbf", 3, 3},
    {"\xee\x80\x80", 3, 3},
    {"\xf0\x90\x80\x80", 4, 4},
    {"\xf4\x8f\xbf\xbf", 4, 4},
    {"\x80", 1, 0},             /* begins nothing */
    {"\xbf\x80", 2, 0},         /* the same */
    {"\xc2", 1, 0},             /* cut off */
    {"\xe2\x82", 2, 0},         /* the same */
    {"\xc2z", 2, 0},            /* does not go on */
    {"\xe2\x82z", 3, 0},        /* the same */
    {"\xc0\x80", 2, 0},         /* NUL in two bytes */
    {"\xc1\xbf", 2, 0},         /* ASCII in two bytes */
    {"\xe0\x9f\xbf", 3, 0},     /* two would do */
    {"\xf0\x8f\xbf\xbf", 4, 0}, /* three would do */
    {"\xed\xa0\x80", 3, 0},     /* surrogates */
    {"\xed\xbf\xbf", 3, 0},
    {"\xf4\x90\x80\x80", 4, 0}, /* beyond U+10FFFF */
    {"\xf8\x88\x80\x80\x80", 5, 0},
    {"\xff", 1, 0},
};

START_TEST (finds_characters) {
    char *copy = malloc(cases[_i].size); /* so that a byte too far is found by the tools */
    memcpy(copy, cases[_i].text, cases[_i].size);
    ck_assert_uint_eq(utf8_length(copy, cases[_i].size), cases[_i].length);
    free(copy);
}
END_TEST

START_TEST (plain_text_ends_at_what_is_none) {
    ck_assert_uint_eq(utf8_plain("", 0), 0);
    ck_assert_uint_eq(utf8_plain("a \xc3\xa4\x7f", 5), 5);
    ck_assert_uint_eq(utf8_plain("ab\tc", 4), 2);
    ck_assert_uint_eq(utf8_plain("ab\0c", 4), 2);
    ck_assert_uint_eq(utf8_plain("\xc3\xa4\xc3", 3), 2); /* cut off */
    ck_assert_uint_eq(utf8_plain("\xff", 1), 0);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("utf8");
    tcase_add_loop_test(c, finds_characters, 0, sizeof cases / sizeof *cases);
    tcase_add_test(c, plain_text_ends_at_what_is_none);
    return run_cases("utf8", c);
}
