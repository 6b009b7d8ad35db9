/*
 * The byte stream of a receiver: both protocols in any pieces, with noise, damage and loss between them.
 */
#include "sensors/gnss/gnss_stream.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gnss_stream *s;
static char seen[4096]; /* a line per packet: the sentence, or class, id and size */

static void setup(void)
{
    s = malloc(sizeof *s);
    ck_assert_ptr_nonnull(s);
    gnss_stream_init(s);
    seen[0] = '\0';
}

static void teardown(void)
{
    free(s);
}

static void take(void *context, const gnss_packet *p)
{
    size_t used = strlen(seen);
    ck_assert_ptr_eq(context, s);
    if (p->protocol == GNSS_PACKET_NMEA) {
        ck_assert_uint_eq(strlen((const char *)p->data), p->size);
        snprintf(seen + used, sizeof seen - used, "%s\n", (const char *)p->data);
    } else {
        snprintf(seen + used, sizeof seen - used, "%02x %02x %zu\n", p->ubx_class, p->ubx_id, p->size);
    }
}

static void feed(const void *bytes, size_t size)
{
    gnss_stream_feed(s, bytes, size, take, s);
}

static void feed_text(const char *text)
{
    feed(text, strlen(text));
}

#define VTG "$GPVTG,,,,,,,,,N*30\r\n"

/* A frame with a payload of zeros; its checksum is made here. */
static size_t make_ubx(uint8_t *out, uint8_t c, uint8_t id, uint16_t size)
{
    uint8_t a = 0, b = 0;
    memset(out, 0, size + 8u);
    out[0] = 0xb5, out[1] = 0x62, out[2] = c, out[3] = id;
    out[4] = (uint8_t)size, out[5] = (uint8_t)(size >> 8);
    for (size_t i = 2; i < size + 6u; i++)
        b = (uint8_t)(b + (a = (uint8_t)(a + out[i])));
    out[size + 6] = a, out[size + 7] = b;
    return size + 8u;
}

START_TEST (packets_come_in_any_pieces) {
    uint8_t all[256];
    size_t size = 0;
    size += make_ubx(all + size, 1, 7, 92);
    memcpy(all + size, VTG, sizeof VTG - 1), size += sizeof VTG - 1;
    size += make_ubx(all + size, 1, 0x61, 4);
    for (size_t piece = 1; piece <= size; piece++) {
        gnss_stream_init(s);
        seen[0] = '\0';
        for (size_t at = 0; at < size; at += piece)
            feed(all + at, size - at < piece ? size - at : piece);
        ck_assert_str_eq(seen, "01 07 92\nGPVTG,,,,,,,,,N\n01 61 4\n");
        ck_assert_uint_eq(s->counts.skipped, 0);
        ck_assert_uint_eq(s->counts.packets, 3);
    }
}
END_TEST

/* NAV-DOP as a LEA-4T sent it. */
START_TEST (real_bytes_have_the_right_checksum) {
    static const uint8_t dop[] = {0xb5, 0x62, 0x01, 0x04, 0x12, 0x00, 0xb1, 0xa3, 0xde,
                                  0x13, 0x18, 0x01, 0xf2, 0x00, 0x8c, 0x00, 0xd5, 0x00,
                                  0x73, 0x00, 0x62, 0x00, 0x3c, 0x00, 0xd9, 0x9b};
    feed(dop, sizeof dop);
    ck_assert_str_eq(seen, "01 04 18\n");
}
END_TEST

START_TEST (one_wrong_byte_loses_one_packet) {
    uint8_t all[64];
    for (size_t i = 0; i < 12; i++) {
        size_t size = make_ubx(all, 1, 0x61, 4);
        all[i] ^= 0x10;
        gnss_stream_init(s);
        seen[0] = '\0';
        feed(all, size);
        feed_text(VTG);
        feed_text(VTG);
        gnss_stream_end(s, take, s);
        ck_assert_str_eq(seen, "GPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\n");
    }
    for (size_t i = 0; i < 19; i++) {
        char text[] = VTG;
        text[i] ^= 0x04;
        gnss_stream_init(s);
        feed_text(VTG);
        seen[0] = '\0';
        feed_text(text);
        feed_text(VTG);
        ck_assert_str_eq(seen, "GPVTG,,,,,,,,,N\n");
    }
}
END_TEST

START_TEST (a_lost_run_of_bytes_loses_what_it_touches) {
    uint8_t all[256];
    size_t size = 0, cuts = 0;
    for (int i = 0; i < 3; i++) {
        size += make_ubx(all + size, 1, 4, 18);
        memcpy(all + size, VTG, sizeof VTG - 1), size += sizeof VTG - 1;
    }
    for (size_t from = 1; from < 47; from++) {
        for (size_t n = 1; from + n < 47; n++, cuts++) {
            gnss_stream_init(s);
            feed_text(VTG);
            seen[0] = '\0';
            feed(all, from);
            feed(all + from + n, size - from - n);
            gnss_stream_end(s, take, s);
            size_t length = strlen(seen);
            const char tail[] = "01 04 18\nGPVTG,,,,,,,,,N\n01 04 18\nGPVTG,,,,,,,,,N\n";
            ck_assert_msg(length >= strlen(tail) && strcmp(seen + length - strlen(tail), tail) == 0,
                          "%zu bytes from %zu: %s", n, from, seen);
        }
    }
    ck_assert_uint_gt(cuts, 900);
}
END_TEST

START_TEST (a_packet_within_a_packet_is_not_one) {
    uint8_t all[64];
    make_ubx(all, 4, 2, 30);
    memcpy(all + 6, VTG, 21);
    uint8_t a = 0, b = 0;
    for (size_t i = 2; i < 36; i++)
        b = (uint8_t)(b + (a = (uint8_t)(a + all[i])));
    all[36] = a, all[37] = b;
    feed(all, 38);
    ck_assert_str_eq(seen, "04 02 30\n");
    all[36]++;
    feed(all, 38);
    ck_assert_str_eq(seen, "04 02 30\nGPVTG,,,,,,,,,N\n");
    ck_assert_uint_eq(s->counts.damaged, 1);
}
END_TEST

START_TEST (sentences_have_many_ends) {
    feed_text("$GPVTG,,,,,,,,,N*30\n$GPVTG,,,,,,,,,N*30\r\r\n$GPVTG,,,,,,,,,N*30$GPVTG,,,,,,,,,N*30  \r\n");
    feed_text("noise$GPVTG,,,$GPVTG,,,,,,,,,N*30\r\n$GPVTG,,\xb5,,,,,,,N*30\r\n!AIVDM,1,1*00\r\n");
    ck_assert_str_eq(seen,
                     "GPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\n");
}
END_TEST

START_TEST (checksums_may_be_missing_until_they_are_there) {
    feed_text("$GPVTG,1\r\n$GPVTG,2*\r\n$GPVTG,3*5\r\n$GPVTG,4*zz\r\n$GPVTG,,,,,,,,,N*30\r\n$GPVTG,5\r\n");
    ck_assert_str_eq(seen, "GPVTG,1\nGPVTG,,,,,,,,,N\n");
    ck_assert_uint_eq(s->counts.damaged, 4);
}
END_TEST

/* Before version 3, RMC had to have a checksum, and the others might do without. */
START_TEST (checksums_are_asked_for_by_address) {
    feed_text("$GPVTG,,,,,,,,,N*30\r\n$GPGGA,1\r\n$GPVTG,2\r\n$GPGGA,3\r\n");
    ck_assert_str_eq(seen, "GPVTG,,,,,,,,,N\nGPGGA,1\nGPGGA,3\n");
    ck_assert_uint_eq(s->counts.damaged, 1);
    char address[] = "$GPAAA,1\r\n";
    for (int i = 0; i < 2 * GNSS_ADDRESSES; i++) { /* more than are remembered: then all must have one */
        char line[32];
        address[4] = (char)('A' + i % 26), address[5] = (char)('A' + i / 26);
        uint8_t sum = 0;
        for (const char *c = address + 1; *c != '\r'; c++)
            sum ^= (uint8_t)*c;
        snprintf(line, sizeof line, "%.8s*%02X\r\n", address, sum);
        feed_text(line);
    }
    ck_assert_uint_eq(s->counts.packets, 3 + 2 * GNSS_ADDRESSES);
    feed_text("$GPGGA,4\r\n");
    ck_assert_uint_eq(s->counts.damaged, 2);
}
END_TEST

/* Loggers put the time there; Android's GnssLogger does. */
START_TEST (what_follows_a_checksum_is_not_of_the_sentence) {
    feed_text("NMEA,$GPVTG,,,,,,,,,N*30,1714731630000\n$GPVTG,,,,,,,,,N*30 12:00:01\r\n");
    ck_assert_str_eq(seen, "GPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\n");
    feed_text("$GPVTG,,,,,,,,,N*31,1714731630000\n");
    ck_assert_uint_eq(s->counts.damaged, 1);
}
END_TEST

START_TEST (the_last_sentence_needs_no_end_of_line) {
    feed_text("$GPVTG,,,,,,,,,N*30");
    ck_assert_str_eq(seen, "");
    gnss_stream_end(s, take, s);
    ck_assert_str_eq(seen, "GPVTG,,,,,,,,,N\n");
    static const char *const cut[] = {"$GPVTG,,,,,,,,,N*3", "$GPVTG,,,,,,,,,N*", "$GPVTG,,,,,,,,,N",
                                      "$GPGGA,1"};
    for (size_t i = 0; i < 4; i++) {
        feed_text(cut[i]);
        gnss_stream_end(s, take, s);
    }
    ck_assert_uint_eq(s->counts.packets, 1);
}
END_TEST

START_TEST (noise_is_not_a_sentence) {
    feed_text("$\r\n$x\r\n$gpvtg,1\r\n$GPVTG\r\n$GP,1\r\n$,,,\r\n");
    ck_assert_str_eq(seen, "");
    ck_assert_uint_eq(s->counts.damaged, 0);
}
END_TEST

START_TEST (nothing_holds_the_stream_up) {
    uint8_t *large = malloc(GNSS_UBX_MAX_PAYLOAD + 8);
    ck_assert_ptr_nonnull(large);
    char longest[2 * GNSS_NMEA_MAX];
    feed((const uint8_t[]){0xb5, 0x62, 0x01, 0x07, 0xff, 0xff}, 6); /* longer than any */
    feed((const uint8_t[]){0xb5, 0x62, 0x77, 0x07, 0xff, 0x00}, 6); /* a class that there is not */
    feed_text(VTG);
    memset(longest, 'x', sizeof longest);
    longest[0] = '$';
    feed(longest, sizeof longest);
    feed_text(VTG);
    ck_assert_str_eq(seen, "GPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\n");
    feed(large, make_ubx(large, 2, 0x15, GNSS_UBX_MAX_PAYLOAD));
    ck_assert_str_eq(seen, "GPVTG,,,,,,,,,N\nGPVTG,,,,,,,,,N\n02 15 8184\n");
    feed((const uint8_t[]){0xb5, 0x62, 0x01, 0x07, 92, 0}, 6); /* cut off */
    feed_text(VTG);
    gnss_stream_end(s, take, s);
    ck_assert_uint_eq(s->counts.packets, 4);
    free(large);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("gnss_stream");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, packets_come_in_any_pieces);
    tcase_add_test(c, real_bytes_have_the_right_checksum);
    tcase_add_test(c, one_wrong_byte_loses_one_packet);
    tcase_add_test(c, a_lost_run_of_bytes_loses_what_it_touches);
    tcase_add_test(c, a_packet_within_a_packet_is_not_one);
    tcase_add_test(c, sentences_have_many_ends);
    tcase_add_test(c, checksums_may_be_missing_until_they_are_there);
    tcase_add_test(c, checksums_are_asked_for_by_address);
    tcase_add_test(c, what_follows_a_checksum_is_not_of_the_sentence);
    tcase_add_test(c, the_last_sentence_needs_no_end_of_line);
    tcase_add_test(c, noise_is_not_a_sentence);
    tcase_add_test(c, nothing_holds_the_stream_up);
    return run_cases("gnss_stream", c);
}
