/* posed gnss: the fixes of a raw receiver log. */
#include "daemon/command.h"
#include "sensors/gnss/gnss_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Reads what a GNSS receiver sent (NMEA 0183, u-blox UBX, or both in one stream; - is standard input) "
    "and\n"
    "prints one line of JSON per epoch:\n"
    "\n"
    "  stamp_ns       UTC of the solution, nanoseconds since 1970; null until the receiver tells the date\n"
    "  fix            none, 2d (also: by dead reckoning alone), 3d, dgnss, float, fixed; null: not told\n"
    "  latitude_deg, longitude_deg   WGS84\n"
    "  height_m       above the ellipsoid; null where only the height above mean sea level is told\n"
    "  speed_mps, course_deg   over ground; the course clockwise from true north\n"
    "  h_acc_m, v_acc_m   what the receiver claims, one sigma\n"
    "  satellites     used\n"
    "\n"
    "What is not known is null. Leading lines that begin with # are passed over, and so is what is damaged;\n"
    "standard error says how much that was.\n"
    "\n"
    "Options:\n"
    "  --date YYYY-MM-DD   about when the log was made: gives the day to a receiver that tells none, and\n"
    "                      mends dates that are 1024 weeks off (GPS week rollover)\n"
    "  -h, --help          this text\n";

static void print_number(const char *key, double value, int decimals)
{
    if (isfinite(value))
        printf("\"%s\": %.*f, ", key, decimals, value);
    else
        printf("\"%s\": null, ", key);
}

static const char *fix_word(uint8_t fix)
{
    static const char *const words[] = {
        [GNSS_FIX_UNKNOWN] = "null",    [GNSS_FIX_NONE] = "\"none\"",   [GNSS_FIX_2D] = "\"2d\"",
        [GNSS_FIX_3D] = "\"3d\"",       [GNSS_FIX_DGNSS] = "\"dgnss\"", [GNSS_FIX_FLOAT] = "\"float\"",
        [GNSS_FIX_FIXED] = "\"fixed\"",
    };
    return words[fix];
}

static void print_fix(void *context, const gnss_fix *fix)
{
    static const double degrees = 57.29577951308232;
    const frame_gnss *g = &fix->gnss;
    (void)context;
    if (fix->stamp_ns == GNSS_NO_TIME)
        printf("{\"stamp_ns\": null, ");
    else
        printf("{\"stamp_ns\": %" PRId64 ", ", fix->stamp_ns);
    printf("\"fix\": %s, ", fix_word(g->fix));
    print_number("latitude_deg", g->latitude_rad * degrees, 9);
    print_number("longitude_deg", g->longitude_rad * degrees, 9);
    print_number("height_m", g->datum == HEIGHT_ELLIPSOID ? g->height_m : (double)NAN, 4);
    print_number("speed_mps", (double)g->speed_mps, 4);
    print_number("course_deg", (double)g->course_rad * degrees, 4);
    print_number("h_acc_m", (double)g->h_acc_m, 4);
    print_number("v_acc_m", (double)g->v_acc_m, 4);
    if (g->satellites >= 0)
        printf("\"satellites\": %d}\n", g->satellites);
    else
        puts("\"satellites\": null}");
}

static int fail(const char *name)
{
    return command_fail("gnss", EXIT_BAD, "%s: %s", name, strerror(errno));
}

static int report(const gnss_reader *reader, const char *name)
{
    const gnss_stream_counts *counts = &reader->stream.counts;
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail("standard output");
    if (counts->damaged > 0)
        fprintf(stderr, "posed gnss: %s: %" PRIu64 " of %" PRIu64 " messages are damaged\n", name,
                counts->damaged, counts->damaged + counts->packets);
    if (counts->packets > 0 && reader->messages == 0)
        fprintf(stderr, "posed gnss: %s: none of its %" PRIu64 " messages is of a fix\n", name,
                counts->packets);
    if (counts->packets > 0)
        return EXIT_OK;
    return command_fail("gnss", EXIT_BAD, "%s: there is neither NMEA 0183 nor UBX in it", name);
}

static int print_log(FILE *in, const char *name, int64_t near_ns)
{
    gnss_reader *reader = malloc(sizeof *reader);
    if (!reader)
        return fail(name);
    gnss_reader_init(reader, false, (gnss_sink){NULL, print_fix});
    gnss_epoch_set_near(&reader->epoch, near_ns);
    uint8_t bytes[4096];
    size_t n;
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        gnss_reader_feed(reader, bytes, n, GNSS_NO_TIME);
    int result = EXIT_BAD;
    if (ferror(in)) {
        fail(name);
    } else {
        gnss_reader_end(reader);
        result = report(reader, name);
    }
    free(reader);
    return result;
}

typedef struct {
    const char *log;
    int64_t near_ns;
} arguments;

static int parse_date(const char *text, int64_t *near_ns)
{
    return gnss_parse_date(text, near_ns)
               ? EXIT_OK
               : command_fail("gnss", EXIT_USAGE, "not a date from 1980 on, as 2026-01-31: %s", text);
}

/* EXIT_OK when `out` is complete. */
static int parse(int argc, char **argv, arguments *out)
{
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (options && strcmp(a, "--") == 0) {
            options = false;
        } else if (options && (strcmp(a, "--date") == 0 || strncmp(a, "--date=", 7) == 0)) {
            if (a[6] == '\0' && i + 1 == argc)
                return command_fail("gnss", EXIT_USAGE, "a date is missing after %s", a);
            int result = parse_date(a[6] == '=' ? a + 7 : argv[++i], &out->near_ns);
            if (result != EXIT_OK)
                return result;
        } else if (options && a[0] == '-' && a[1] != '\0') {
            return command_fail("gnss", EXIT_USAGE, "there is no option %s", a);
        } else if (out->log) {
            return command_fail("gnss", EXIT_USAGE, "one log at a time, not also %s", a);
        } else {
            out->log = a;
        }
    }
    return out->log ? EXIT_OK : command_fail("gnss", EXIT_USAGE, "which log?");
}

static int run(int argc, char **argv)
{
    arguments a = {NULL, GNSS_NO_TIME};
    int result = parse(argc, argv, &a);
    if (result != EXIT_OK)
        return result;
    if (strcmp(a.log, "-") == 0)
        return print_log(stdin, "standard input", a.near_ns);
    FILE *in = fopen(a.log, "rb");
    if (!in)
        return fail(a.log);
    result = print_log(in, a.log, a.near_ns);
    fclose(in);
    return result;
}

const command command_gnss = {
    .name = "gnss",
    .arguments = "LOG [--date DATE]",
    .summary = "print the fixes of a raw receiver log",
    .help = help,
    .run = run,
};
