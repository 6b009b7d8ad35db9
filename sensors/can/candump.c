#include "sensors/can/candump.h"

#include <string.h>
#include <time.h>

/* Flags beside the id, as SocketCAN has them (linux/can.h). */
#define ERROR_FLAG 0x20000000u

typedef struct {
    const char *at, *end;
    const char *why;
} cursor;

static bool fail(cursor *c, const char *why)
{
    if (!c->why)
        c->why = why;
    return false;
}

static bool skip_blanks(cursor *c)
{
    const char *begin = c->at;
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
        c->at++;
    return c->at > begin;
}

static bool take(cursor *c, char mark)
{
    if (c->at == c->end || *c->at != mark)
        return false;
    c->at++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* ---- the time in brackets */

/* "12345.678901234" behind "(": up to nine digits behind the point. */
static bool take_seconds(cursor *c, int64_t *ns)
{
    const int64_t most = INT64_MAX / 1000000000 - 1;
    int64_t whole = 0, part = 0, unit = 100000000;
    const char *begin = c->at;
    for (; c->at < c->end && is_digit(*c->at); c->at++) {
        whole = 10 * whole + (*c->at - '0');
        if (whole > most)
            return fail(c, "a time that fits nanoseconds since 1970");
    }
    if (c->at == begin || !take(c, '.') || c->at == c->end || !is_digit(*c->at))
        return fail(c, "a time in brackets, (seconds.fraction)");
    for (; c->at < c->end && is_digit(*c->at); c->at++, unit /= 10)
        part += unit * (*c->at - '0');
    *ns = whole * 1000000000 + part;
    return true;
}

static bool take_decimal(cursor *c, int digits, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++, c->at++) {
        if (c->at == c->end || !is_digit(*c->at))
            return fail(c, "a date in brackets, (YYYY-MM-DD hh:mm:ss.fraction)");
        *out = 10 * *out + (*c->at - '0');
    }
    return true;
}

/* "2015-07-10 05:50:52.249713", of candump -t A: local time there, taken as UTC here. */
static bool take_date(cursor *c, int64_t *ns)
{
    struct tm t = {0};
    int64_t rest;
    int year, month;
    if (!take_decimal(c, 4, &year) || !take(c, '-') || !take_decimal(c, 2, &month) || !take(c, '-') ||
        !take_decimal(c, 2, &t.tm_mday) || !take(c, ' ') || !take_decimal(c, 2, &t.tm_hour) ||
        !take(c, ':') || !take_decimal(c, 2, &t.tm_min) || !take(c, ':'))
        return fail(c, "a date in brackets, (YYYY-MM-DD hh:mm:ss.fraction)");
    bool valid = year >= 1970 && year < 2200 && month >= 1 && month <= 12 && t.tm_mday >= 1 &&
                 t.tm_mday <= 31 && t.tm_hour < 24 && t.tm_min < 60;
    if (!valid || !take_seconds(c, &rest) || rest >= INT64_C(61000000000))
        return fail(c, "a date of the calendar");
    t.tm_year = year - 1900;
    t.tm_mon = month - 1;
    *ns = (int64_t)timegm(&t) * 1000000000 + rest;
    return true;
}

static bool take_time(cursor *c, int64_t *ns)
{
    *ns = INT64_MIN;
    if (!take(c, '('))
        return true;
    bool date = c->end - c->at > 4 && c->at[4] == '-';
    if (!(date ? take_date(c, ns) : take_seconds(c, ns)))
        return false;
    return take(c, ')') || fail(c, "\")\" behind the time");
}

/* ---- interface and id */

static bool take_interface(cursor *c, char out[CAN_BUS_NAME_SIZE])
{
    size_t n = 0;
    for (; c->at < c->end && *c->at != ' ' && *c->at != '\t'; c->at++) {
        if (n == CAN_BUS_NAME_SIZE - 1 || *c->at <= 0x20 || *c->at >= 0x7f || strchr("#\"\\", *c->at))
            return fail(c, "the name of an interface");
        out[n++] = *c->at;
    }
    out[n] = '\0';
    return n > 0 || fail(c, "the name of an interface");
}

/* Three digits are a standard id, eight an extended one or an error frame. */
static bool take_id(cursor *c, can_bus_frame *f)
{
    uint32_t id = 0;
    int digits = 0;
    for (; c->at < c->end && hex_digit(*c->at) >= 0 && digits < 9; c->at++, digits++)
        id = id << 4 | (uint32_t)hex_digit(*c->at);
    if (digits == 3 && id <= 0x7ff) {
        f->id = id;
        return true;
    }
    if (digits != 8 || id > (ERROR_FLAG | 0x1fffffff))
        return fail(c, "an id of 3 or 8 hexadecimal digits");
    f->error = (id & ERROR_FLAG) != 0;
    f->extended = !f->error;
    f->id = id & ~ERROR_FLAG;
    return true;
}

static bool take_byte(cursor *c, can_bus_frame *f, size_t most)
{
    if (c->end - c->at < 2 || hex_digit(c->at[0]) < 0 || hex_digit(c->at[1]) < 0)
        return fail(c, "data as pairs of hexadecimal digits");
    if (f->size == most)
        return fail(c, "no more than 8 bytes of data, or 64 of CAN FD");
    f->data[f->size++] = (uint8_t)(hex_digit(c->at[0]) << 4 | hex_digit(c->at[1]));
    c->at += 2;
    return true;
}

/* ---- the compact form, behind "#" */

/* Newer versions say behind the frame whether it was received or sent. */
static bool take_direction(cursor *c)
{
    if (skip_blanks(c) && c->end - c->at == 1 && (*c->at == 'R' || *c->at == 'T'))
        c->at++;
    return c->at == c->end || fail(c, "the end of the line");
}

static bool take_remote(cursor *c, can_bus_frame *f)
{
    f->remote = true;
    if (c->at < c->end && is_digit(*c->at))
        f->size = (uint8_t)(*c->at++ - '0');
    if (f->size > 8)
        return fail(c, "a remote frame for 0 to 8 bytes");
    return true;
}

static bool take_compact(cursor *c, can_bus_frame *f)
{
    f->fd = take(c, '#');
    if (f->fd) { /* one digit of flags: bit rate switch, error state */
        if (c->at == c->end || hex_digit(*c->at) < 0)
            return fail(c, "one digit of CAN FD flags behind \"##\"");
        c->at++;
    }
    size_t most = f->fd ? CAN_BUS_MAX_DATA : 8;
    if (!f->fd && (take(c, 'R') || take(c, 'r')))
        return take_remote(c, f) && take_direction(c);
    while (c->at < c->end && *c->at != ' ' && *c->at != '\t' && *c->at != '_') {
        if (f->size > 0)
            take(c, '.');
        if (!take_byte(c, f, most))
            return false;
    }
    if (take(c, '_') && (c->at == c->end || hex_digit(*c->at++) < 9)) /* the length code of 8 bytes */
        return fail(c, "a length code of 9 to F behind \"_\"");
    return take_direction(c);
}

/* ---- the form of the terminal, behind the id */

/* "[8]", of CAN FD "[08]". */
static bool take_length(cursor *c, can_bus_frame *f, size_t *length)
{
    size_t digits = 0;
    *length = 0;
    if (!take(c, '['))
        return fail(c, "\"#\" or \"[\" behind the id");
    for (; c->at < c->end && is_digit(*c->at) && digits < 3; c->at++, digits++)
        *length = 10 * *length + (size_t)(*c->at - '0');
    f->fd = digits == 2;
    if (digits < 1 || digits > 2 || *length > (f->fd ? CAN_BUS_MAX_DATA : 8) || !take(c, ']'))
        return fail(c, "a length in square brackets, 0 to 8, or 00 to 64 of CAN FD");
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

static bool take_columns(cursor *c, can_bus_frame *f)
{
    size_t length;
    skip_blanks(c);
    if (!take_length(c, f, &length))
        return false;
    skip_blanks(c);
    if (take_word(c, "remote request")) {
        f->remote = true;
        f->size = (uint8_t)length;
    } else {
        while (f->size < length) {
            if (!take_byte(c, f, length))
                return false;
            if (!skip_blanks(c) && c->at < c->end)
                return fail(c, "a blank behind each byte");
        }
    }
    skip_blanks(c);
    if (take_word(c, "ERRORFRAME") || (c->at < c->end && *c->at == '\'')) /* -e, -a: for the reader */
        c->at = c->end;
    return c->at == c->end || fail(c, "as many bytes as the length says");
}

/* "RX - -", "TX B E": candump -x. */
static void skip_direction(cursor *c)
{
    cursor ahead = *c;
    if (!take_word(&ahead, "RX") && !take_word(&ahead, "TX"))
        return;
    for (int i = 0; i < 2; i++) {
        skip_blanks(&ahead);
        if (!take(&ahead, '-') && !take(&ahead, i == 0 ? 'B' : 'E'))
            return;
    }
    if (skip_blanks(&ahead))
        *c = ahead;
}

static bool parse(cursor *c, can_bus_frame *f)
{
    if (!take_time(c, &f->stamp_ns))
        return false;
    skip_blanks(c);
    if (!take_interface(c, f->interface))
        return false;
    if (!skip_blanks(c))
        return fail(c, "an interface and an id");
    skip_direction(c);
    if (!take_id(c, f))
        return false;
    return take(c, '#') ? take_compact(c, f) : take_columns(c, f);
}

candump_result candump_parse(const char *line, size_t length, can_bus_frame *f, const char **why)
{
    bool continued = length > 0 && line[0] == '\t'; /* what an error frame means, in words */
    cursor c = {.at = line, .end = line + length};
    if (length > 0 && c.end[-1] == '\r')
        c.end--;
    while (c.end > c.at && (c.end[-1] == ' ' || c.end[-1] == '\t'))
        c.end--;
    skip_blanks(&c);
    if (continued || c.at == c.end || *c.at == '#')
        return CANDUMP_NOTHING;
    *f = (can_bus_frame){0};
    if (parse(&c, f))
        return CANDUMP_FRAME;
    *why = c.why;
    return CANDUMP_MALFORMED;
}
