/* DBC text: what is read, what is refused and where, what is only odd. */
#include "sensors/can/dbc.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dbc *parse(const char *text)
{
    error e = {""};
    dbc *d = dbc_parse("x.dbc", text, strlen(text), &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    return d;
}

static const dbc_signal *signal_of(const dbc *d, const char *message, const char *name)
{
    const dbc_message *m = dbc_find_name(d, message);
    ck_assert_msg(m != NULL, "%s", message);
    const dbc_signal *s = dbc_message_signal(m, name);
    ck_assert_msg(s != NULL, "%s", name);
    return s;
}

static bool warns(const dbc *d, const char *piece)
{
    for (size_t i = 0; i < d->warning_count && i < DBC_WARNINGS_KEPT; i++) {
        if (strstr(d->warnings[i], piece))
            return true;
    }
    return false;
}

#define MESSAGE "BO_ 100 M: 8 N\n"
#define SIGNAL " SG_ S : 0|8@1+ (1,0) [0|0] \"\" N\n"

/* Legend: text; place and pieces of the message. */
static const char *const refused[][3] = {
    {"BO_", "x.dbc:1:4: found the end of the file", "the id of a message"},
    {"BO_ x M: 8 N", "x.dbc:1:5: found \"x\"", "the id of a message, an integer of 0 to 4294967295"},
    {"BO_ 4294967296 M: 8 N", "x.dbc:1:5: found \"4294967296\"", "an integer of 0 to 4294967295"},
    {"BO_ -1 M: 8 N", "x.dbc:1:5:", "an integer"},
    {"BO_ 1 : 8 N", "x.dbc:1:7: found \":\"", "the name of a message"},
    {"BO_ 1 M 8 N", "x.dbc:1:9: found \"8\"", "expected \":\""},
    {"\n\nBO_ 1 M: N", "x.dbc:3:10: found \"N\"", "number of bytes"},
    {MESSAGE " SG_ S 0|8@1+ (1,0) [0|0] \"\" N", "x.dbc:2:8: found \"0\"", "\":\""},
    {MESSAGE " SG_ S q : 0|8@1+ (1,0) [0|0] \"\" N", "x.dbc:2:8: found \"q\"", "M, m0, m0M"},
    {MESSAGE " SG_ S m : 0|8@1+ (1,0) [0|0] \"\" N", "x.dbc:2:8: found \"m\"", "M, m0, m0M"},
    {MESSAGE " SG_ S : 0,8@1+ (1,0) [0|0] \"\" N", "x.dbc:2:11: found \",\"", "\"|\""},
    {MESSAGE " SG_ S : 0|8@2+ (1,0) [0|0] \"\" N", "x.dbc:2:14: found \"2\"", "byte order"},
    {MESSAGE " SG_ S : 0|8@1* (1,0) [0|0] \"\" N", "x.dbc:2:15: found \"*\"", "sign"},
    {MESSAGE " SG_ S : 0|8@1+ (a,0) [0|0] \"\" N", "x.dbc:2:18: found \"a\"", "the scale, a number"},
    {MESSAGE " SG_ S : 0|8@1+ (1e999,0) [0|0] \"\" N", "x.dbc:2:18:", "a double can hold"},
    {MESSAGE " SG_ S : 0|8@1+ (1,0) [0|0] N", "x.dbc:2:29: found \"N\"", "the unit, in quotes"},
    {MESSAGE " SG_ S : 0|8@1+ (1,0) [0|0] \"km/h N\n", "x.dbc:2:29: the text that begins here never ends",
     ""},
    {SIGNAL, "x.dbc:1:2: found \"SG_\"", "BO_ before it"},
    {MESSAGE SIGNAL "NEW_ a b;\n", "x.dbc:3:1: found \"NEW_\"",
     "the beginning of a section"}, /* no receiver */
    {"Hello world", "x.dbc:1:1: found \"Hello\"", "the beginning of a section"},
    {"BA_DEF_ \"a\" INT 0 1", "x.dbc:1:20: found the end of the file", "\";\" as the end of BA_DEF_"},
    {"CM_ \"text\" more;", "x.dbc:1:12: found \"more\"", "\";\" as the end of CM_"},
    {"CM_ XX_ \"text\";", "x.dbc:1:5: found \"XX_\"", "BU_, BO_, SG_, EV_"},
    {MESSAGE SIGNAL "VAL_ 100 S 1 two;", "x.dbc:3:14: found \"two\"", "the word for the value"},
    {MESSAGE SIGNAL "SIG_VALTYPE_ 100 S : 3;", "x.dbc:3:22: found \"3\"", "1 (32 bits float)"},
    {MESSAGE SIGNAL "SG_MUL_VAL_ 100 S S 1;", "x.dbc:3:22: found \";\"", "last value of the range"},
    {"CM_ \"\xc3\xa4\xc3\xb6\" x", "x.dbc:1:10: found \"x\"", ""}, /* columns are characters */
};

START_TEST (refuses) {
    error e = {""};
    const char *text = refused[_i][0];
    ck_assert_msg(dbc_parse("x.dbc", text, strlen(text), &e) == NULL, "%s", text);
    ck_assert_msg(strstr(e.text, refused[_i][1]) == e.text, "%s: %s", text, e.text);
    ck_assert_msg(strstr(e.text, refused[_i][2]) != NULL, "%s: %s", text, e.text);
}
END_TEST

START_TEST (refuses_what_is_no_text) {
    error e = {""};
    ck_assert(!dbc_parse("x.dbc", "VERSION\n\0", 9, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "x.dbc:2: a NUL byte"));
    e.text[0] = '\0';
    ck_assert(!dbc_parse("x.dbc", "\xff\xfeV", 3, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "UTF-16"));
    e.text[0] = '\0';
    ck_assert(!dbc_load("/nowhere/x.dbc", &e));
    ck_assert_str_eq(e.text, "/nowhere/x.dbc: No such file or directory");
}
END_TEST

START_TEST (nothing_is_a_file_too) {
    dbc *d = parse("");
    ck_assert_uint_eq(d->message_count, 0);
    ck_assert(!dbc_find(d, 0, false) && !dbc_find_group(d, 0));
    dbc_destroy(d);
    dbc_destroy(NULL);
}
END_TEST

START_TEST (a_signal) {
    dbc *d = parse("BO_ 2147483905 M : 8 A\n"
                   " SG_ Temp m12M : 7 | 12 @ 0 - ( -0.5 , +1E1 ) [ -1.5e3 | 2. ] \"\xc2\xb0"
                   "C\" B , C D\n");
    const dbc_message *m = dbc_find(d, 257, true);
    ck_assert(m && m->extended && m->id == 257 && m->length == 8);
    ck_assert_str_eq(m->senders[0], "A");
    const dbc_signal *s = &m->signals[0];
    ck_assert(s->start == 7 && s->length == 12 && s->big_endian && s->is_signed && s->multiplexer);
    ck_assert_double_eq(s->scale, -0.5);
    ck_assert_double_eq(s->offset, 10.0);
    ck_assert_double_eq(s->minimum, -1500.0);
    ck_assert_double_eq(s->maximum, 2.0);
    ck_assert_str_eq(s->unit, "\xc2\xb0"
                              "C");
    ck_assert_uint_eq(s->receiver_count, 3);
    ck_assert_str_eq(s->receivers[2], "D");
    ck_assert(!dbc_find(d, 257, false));
    dbc_destroy(d);
}
END_TEST

START_TEST (nobody_is_no_node) {
    dbc *d = parse("BO_ 1 M: 8 Vector__XXX\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" Vector__XXX\nBO_ 2 N: 8\n" SIGNAL
                   "BO_TX_BU_ 1 : A,B;\n");
    const dbc_message *m = dbc_find_name(d, "M");
    ck_assert_uint_eq(m->sender_count, 2);
    ck_assert_uint_eq(m->signals[0].receiver_count, 0);
    ck_assert_uint_eq(dbc_find_name(d, "N")->sender_count, 0);
    dbc_destroy(d);
}
END_TEST

START_TEST (words_and_comments) {
    dbc *d =
        parse("VERSION \"1 \\\"a\\\"\"\nNS_ :\n CM_\n BA_\n VAL_\nBS_: 500 : 1,2\nBU_: N\n O\n"
              "VAL_TABLE_ T 1 \"one\" 0 \"zero\" ;\n" MESSAGE SIGNAL "CM_ \"all\";\n"
              "CM_ BU_ N \"node\";CM_ BO_ 100 \"two\r\nlines\";\nCM_ SG_ 100 S \"// not a comment\"; // one\n"
              "VAL_ 100 S -1 \"below\" 18446744073709551615 \"most\" 2.0 \"two\" ;\nVAL_ Env 1 \"x\";\n"
              "EV_ Env: 0 [0|1] \"\" 0 1 X N;\nENVVAR_DATA_ Env: 4;\nSIG_GROUP_ 100 G 1 : S;\n");
    ck_assert_str_eq(d->version, "1 \"a\"");
    ck_assert_str_eq(d->comment, "all");
    ck_assert_uint_eq(d->node_count, 2);
    ck_assert_str_eq(d->nodes[0].comment, "node");
    ck_assert_str_eq(d->tables[0].values[1].text, "zero");
    ck_assert_str_eq(dbc_find_name(d, "M")->comment, "two\nlines");
    const dbc_signal *s = signal_of(d, "M", "S");
    ck_assert_str_eq(s->comment, "// not a comment");
    ck_assert_uint_eq(s->value_count, 3);
    ck_assert_str_eq(s->values[0].number, "-1");
    ck_assert_str_eq(s->values[1].number, "18446744073709551615");
    ck_assert_str_eq(s->values[2].number, "2");
    ck_assert_uint_eq(d->warning_count, 0);
    dbc_destroy(d);
}
END_TEST

START_TEST (simple_multiplexing) {
    dbc *d = parse(MESSAGE " SG_ A m3 : 8|8@1+ (1,0) [0|0] \"\" N\n SG_ X M : 0|8@1+ (1,0) [0|0] \"\" N\n"
                           " SG_ B m4 : 8|8@1+ (1,0) [0|0] \"\" N\n");
    const dbc_signal *a = signal_of(d, "M", "A");
    ck_assert_ptr_eq(a->selector, signal_of(d, "M", "X"));
    ck_assert(a->selected_by_count == 1 && a->selected_by[0].first == 3 && a->selected_by[0].last == 3);
    ck_assert_uint_eq(d->warning_count, 0); /* A and B share their bits, never at once */
    dbc_destroy(d);
}
END_TEST

START_TEST (extended_multiplexing) {
    dbc *d = parse(MESSAGE " SG_ X M : 0|4@1+ (1,0) [0|0] \"\" N\n SG_ Y m1M : 4|4@1+ (1,0) [0|0] \"\" N\n"
                           " SG_ Z m0 : 8|8@1+ (1,0) [0|0] \"\" N\n"
                           "SG_MUL_VAL_ 100 Y X 1-1;\nSG_MUL_VAL_ 100 Z Y 0-3, 7 - 9,15-15;\n");
    const dbc_signal *z = signal_of(d, "M", "Z");
    ck_assert_str_eq(z->selector->name, "Y");
    ck_assert_str_eq(z->selector->selector->name, "X");
    ck_assert_uint_eq(z->selected_by_count, 3);
    ck_assert(z->selected_by[1].first == 7 && z->selected_by[1].last == 9);
    dbc_destroy(d);
}
END_TEST

START_TEST (types_and_long_names) {
    dbc *d = parse(
        "BU_: N\n" MESSAGE " SG_ S : 0|32@1- (1,0) [0|0] \"\" N\n SG_ T : 32|32@1- (1,0) [0|0] \"\" N\n"
        "BO_ 2566844926 P: 8 N\nBA_ \"SystemSignalLongSymbol\" SG_ 100 S \"A_long_name\";\n"
        "BA_ \"SystemMessageLongSymbol\" BO_ 100 \"Message\";BA_ \"SystemNodeLongSymbol\" BU_ N \"Node\";\n"
        "SIG_VALTYPE_ 100 S : 1;\nSIG_VALTYPE_ 100 T 1;\nBA_DEF_DEF_ \"VFrameFormat\" \"J1939PG\";\n"
        "BA_ \"VFrameFormat\" BO_ 100 0;\nBA_ \"Other\" 5;\n");
    const dbc_message *m = dbc_find(d, 100, false);
    ck_assert_str_eq(m->name, "Message");
    ck_assert_str_eq(m->symbol, "M");
    ck_assert(!m->j1939 && dbc_find_name(d, "P")->j1939);
    ck_assert_str_eq(m->signals[0].name, "A_long_name");
    ck_assert_ptr_eq(dbc_message_signal(m, "S"), &m->signals[0]);
    ck_assert_str_eq(m->senders[0], "Node");
    ck_assert_str_eq(m->signals[0].receivers[0], "Node");
    ck_assert(m->signals[0].is_float && m->signals[1].is_float);
    dbc_destroy(d);
}
END_TEST

/* J1939-21: of a group to all (PF of 240 and more) priority and source do not count, of one to a single
 * address the destination neither. */
START_TEST (parameter_groups) {
    dbc *d = parse("BO_ 2566844926 All: 8 N\nBO_ 2565865214 One: 8 N\nBA_DEF_DEF_ \"VFrameFormat\" 3;\n");
    ck_assert_uint_eq(dbc_find_name(d, "All")->id, 0x18FEF1FE);
    ck_assert_uint_eq(dbc_find_name(d, "One")->id, 0x18EFFEFE & 0x1fffffff);
    ck_assert_str_eq(dbc_find_group(d, 0x0CFEF103)->name, "All");
    ck_assert_str_eq(dbc_find_group(d, 0x04EF2711)->name, "One");
    ck_assert_ptr_null(dbc_find_group(d, 0x18FEF2FE));
    ck_assert_ptr_null(dbc_find(d, 0x0CFEF103, true));
    dbc_destroy(d);
}
END_TEST

START_TEST (signals_of_no_message) {
    dbc *d = parse("BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX\n" SIGNAL MESSAGE SIGNAL
                   "CM_ SG_ 3221225472 S \"alone\";\n");
    ck_assert_uint_eq(d->message_count, 1);
    ck_assert_uint_eq(d->unassigned.signal_count, 1);
    ck_assert_str_eq(d->unassigned.signals[0].comment, "alone");
    ck_assert_ptr_null(signal_of(d, "M", "S")->comment);
    dbc_destroy(d);
}
END_TEST

/* Legend: text that is read, and a piece of its warning. */
static const char *const odd[][2] = {
    {MESSAGE " SG_ S : 60|8@1+ (1,0) [0|0] \"\" N\n", "x.dbc:2: M: S goes beyond the message's 8 bytes"},
    {MESSAGE " SG_ S : 56|9@0+ (1,0) [0|0] \"\" N\n", "M: S goes beyond"},
    {MESSAGE SIGNAL " SG_ T : 7|4@0+ (1,0) [0|0] \"\" N\n", "x.dbc:3: M: T overlaps S"},
    {MESSAGE SIGNAL SIGNAL, "there is a signal S already"},
    {MESSAGE "BO_ 100 N: 8 N\n", "x.dbc:2: N has the id of M"},
    {MESSAGE " SG_ S : 0|65@1+ (1,0) [0|0] \"\" N\n", "65 bits"},
    {MESSAGE " SG_ S : 0|0@1+ (1,0) [0|0] \"\" N\n", "0 bits"},
    {MESSAGE SIGNAL "SIG_VALTYPE_ 100 S : 1;", "float of 8 bits"},
    {MESSAGE " SG_ S m0 : 0|8@1+ (1,0) [0|0] \"\" N\n", "there is no multiplexer"},
    {MESSAGE SIGNAL "SG_MUL_VAL_ 100 S Q 0-0;", "multiplexed by Q, which is not there"},
    {MESSAGE SIGNAL "SG_MUL_VAL_ 100 S S 0-0;", "in a circle"},
    {MESSAGE "VAL_ 100 Q 0 \"x\";", "x.dbc:2: VAL_: M has no signal Q"},
    {"CM_ BO_ 5 \"x\";", "CM_: there is no message 5"},
    {"CM_ BU_ Q \"x\";", "there is no node Q"},
    {"BO_ 5000 M: 8 N\n", "id 0x1388 has more than 11 bits"},
    {"BO_ 1073741824 M: 8 N\n", "more than 29 bits"},
    {"CM_ \"x\"\nBO_ 5 M: 8 N\n", "x.dbc:1: CM_: the \";\" at its end is missing"},
};

START_TEST (warns_of) {
    dbc *d = parse(odd[_i][0]);
    ck_assert_msg(warns(d, odd[_i][1]), "%s: %zu warnings, %s", odd[_i][0], d->warning_count,
                  d->warning_count ? d->warnings[0] : "");
    dbc_destroy(d);
}
END_TEST

START_TEST (the_last_of_one_id_counts) {
    dbc *d = parse(MESSAGE "BO_ 100 N: 8 N\n");
    ck_assert_str_eq(dbc_find(d, 100, false)->name, "N");
    ck_assert_uint_eq(d->message_count, 2);
    dbc_destroy(d);
}
END_TEST

START_TEST (an_id_without_its_mark) {
    dbc *d = parse("BO_ 419365886 M: 8 N\n");
    ck_assert_ptr_nonnull(dbc_find(d, 419365886, true));
    ck_assert(!dbc_find_name(d, "M")->extended);
    dbc_destroy(d);
}
END_TEST

START_TEST (text_of_windows) {
    dbc *d = parse("CM_ \"20 \xb0"
                   "C \x80\";\n" MESSAGE "CM_ BO_ 100 \"20 \xc2\xb0"
                   "C\";\n");
    ck_assert_str_eq(d->comment, "20 \xc2\xb0"
                                 "C \xe2\x82\xac");
    ck_assert_str_eq(dbc_find_name(d, "M")->comment, "20 \xc2\xb0"
                                                     "C"); /* a line of its own encoding */
    dbc_destroy(d);
    d = parse("\xef\xbb\xbfVERSION \"x\"\r\n");
    ck_assert_str_eq(d->version, "x");
    dbc_destroy(d);
}
END_TEST

START_TEST (many_messages) {
    size_t size = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; i < 5000; i++)
        fprintf(out, "BO_ %u M%u: 8 N\n" SIGNAL, i * 7 | 0x80000000u, i);
    fclose(out);
    dbc *d = parse(text);
    for (unsigned i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "M%u", i);
        ck_assert_str_eq(dbc_find(d, i * 7, true)->name, name);
        ck_assert_ptr_null(dbc_find(d, i * 7 + 1, true));
    }
    dbc_destroy(d);
    free(text);
}
END_TEST

/* A file cut off anywhere is read or refused with its place, never worse. */
START_TEST (every_cut) {
    static const char text[] = "VERSION \"a\"\nNS_ :\n CM_\nBS_:\nBU_: N\n" MESSAGE SIGNAL
                               "SG_MUL_VAL_ 100 S S 0-1,2-3;\nVAL_ 100 S 1 \"x\";BA_ \"a\" SG_ 100 S -1;\n"
                               "SIG_VALTYPE_ 100 S : 1;BO_TX_BU_ 100 : N,M;\nVAL_TABLE_ T 1 \"x\";\n";
    for (size_t length = 0; length < sizeof text; length++) {
        error e = {""};
        char *exact = malloc(length + 1);
        memcpy(exact, text, length);
        dbc *d = dbc_parse("x.dbc", exact, length, &e);
        ck_assert((d == NULL) == (e.text[0] != '\0'));
        ck_assert(d || strncmp(e.text, "x.dbc:", 6) == 0);
        dbc_destroy(d);
        free(exact);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("dbc");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, refuses_what_is_no_text);
    tcase_add_test(tests, nothing_is_a_file_too);
    tcase_add_test(tests, a_signal);
    tcase_add_test(tests, nobody_is_no_node);
    tcase_add_test(tests, words_and_comments);
    tcase_add_test(tests, simple_multiplexing);
    tcase_add_test(tests, extended_multiplexing);
    tcase_add_test(tests, types_and_long_names);
    tcase_add_test(tests, parameter_groups);
    tcase_add_test(tests, signals_of_no_message);
    tcase_add_loop_test(tests, warns_of, 0, sizeof odd / sizeof *odd);
    tcase_add_test(tests, the_last_of_one_id_counts);
    tcase_add_test(tests, an_id_without_its_mark);
    tcase_add_test(tests, text_of_windows);
    tcase_add_test(tests, many_messages);
    tcase_add_test(tests, every_cut);
    return run_cases("dbc", tests);
}
