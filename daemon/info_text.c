#include "daemon/info_print.h"

#include "daemon/printable.h"

#include <inttypes.h>
#include <time.h>

enum { WORD_SIZE = 128, LABEL_WIDTH = 12 };

/* Times before this are not of a clock that counts from 1970 (but from boot, say); a date would mislead. */
#define FIRST_PLAUSIBLE_NS ((uint64_t)631152000 * 1000000000) /* 1990-01-01 */

typedef struct {
    char text[WORD_SIZE];
} word;

static word clean(mcap_text text)
{
    word w;
    printable_copy(text.data, text.size, w.text, sizeof w.text);
    return w;
}

/* Characters, as far as a terminal's columns go: continuation bytes take none. */
static int columns(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static void print_padded(FILE *out, const char *text, int width)
{
    int pad = width - columns(text);
    fprintf(out, "%s%*s", text, pad > 0 ? pad : 0, "");
}

static word size_word(uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    word w;
    size_t unit = 0;
    double value = (double)bytes;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    snprintf(w.text, sizeof w.text, unit == 0 ? "%.0f %s" : "%.3g %s", value, units[unit]);
    return w;
}

static word duration_word(double s)
{
    word w;
    uint64_t tenths = (uint64_t)(10 * s + 0.5); /* rounded once: never "60.0 s" of a minute */
    if (s < 120)
        snprintf(w.text, sizeof w.text, "%.3f s", s);
    else if (s < 7200)
        snprintf(w.text, sizeof w.text, "%" PRIu64 " min %04.1f s", tenths / 600,
                 0.1 * (double)(tenths % 600));
    else
        snprintf(w.text, sizeof w.text, "%" PRIu64 " h %02" PRIu64 " min", tenths / 36000, tenths / 600 % 60);
    return w;
}

static word time_word(uint64_t ns)
{
    word w;
    char date[32];
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm parts;
    if (ns < FIRST_PLAUSIBLE_NS || ns > INT64_MAX || !gmtime_r(&seconds, &parts) ||
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts) == 0)
        snprintf(w.text, sizeof w.text, "%" PRIu64 ".%09" PRIu64 " s", ns / 1000000000, ns % 1000000000);
    else
        snprintf(w.text, sizeof w.text, "%s.%03" PRIu64 " UTC", date, ns % 1000000000 / 1000000);
    return w;
}

static void label(FILE *out, const char *text)
{
    fprintf(out, "  %-*s", LABEL_WIDTH, text);
}

static void print_head(const info_subject *s, FILE *out)
{
    mcap_header h = mcap_reader_header(s->reader);
    size_t damaged = mcap_reader_damage_count(s->reader) + s->info->disagreements.count;
    fprintf(out, "%s: MCAP, %s, %s\n", s->path, size_word(mcap_reader_bytes(s->reader).size).text,
            damaged > 0 ? "DAMAGED" : "intact");
    label(out, "library");
    fprintf(out, "%s\n", clean(h.library).text);
    label(out, "profile");
    fprintf(out, "%s\n", h.profile.size > 0 ? clean(h.profile).text : "-");
}

static void print_messages(const info_subject *s, FILE *out)
{
    const mcap_info *i = s->info;
    label(out, "messages");
    fprintf(out, "%" PRIu64 "\n", i->messages);
    if (i->messages == 0)
        return;
    label(out, "start");
    fprintf(out, "%s\n", time_word(i->first_ns).text);
    label(out, "end");
    fprintf(out, "%s\n", time_word(i->last_ns).text);
    label(out, "duration");
    fprintf(out, "%s\n", duration_word(1e-9 * (double)(i->last_ns - i->first_ns)).text);
}

static void print_chunks(const info_subject *s, FILE *out)
{
    const mcap_info *i = s->info;
    label(out, "chunks");
    fprintf(out, "%" PRIu64, i->chunk_count);
    for (int c = 0; c < MCAP_INFO_COMPRESSION_COUNT; c++)
        if (i->chunks_of[c] > 0)
            fprintf(out, ", %s %" PRIu64, mcap_info_compression_word((mcap_info_compression)c),
                    i->chunks_of[c]);
    if (i->uncompressed_bytes > 0)
        fprintf(out, ", %s in %s (%.1f %%)", size_word(i->uncompressed_bytes).text,
                size_word(i->compressed_bytes).text,
                100 * (double)i->compressed_bytes / (double)i->uncompressed_bytes);
    fputc('\n', out);
}

static const char *schema_name(const info_subject *s, const mcap_channel *c, word *w)
{
    const mcap_schema *schema = mcap_reader_schema_by_id(s->reader, c->schema_id);
    if (!schema)
        return "-";
    *w = clean(schema->name);
    return w->text;
}

static void widen(int *width, const char *text)
{
    int needed = columns(text) + 2;
    if (needed > *width)
        *width = needed;
}

static void print_channels(const info_subject *s, FILE *out)
{
    size_t count = mcap_reader_channel_count(s->reader);
    int topic_width = 7, encoding_width = 10, schema_width = 8;
    word w;
    for (size_t i = 0; i < count; i++) {
        const mcap_channel *c = mcap_reader_channel(s->reader, i);
        widen(&topic_width, clean(c->topic).text);
        widen(&encoding_width, clean(c->message_encoding).text);
        widen(&schema_width, schema_name(s, c, &w));
    }
    label(out, "channels");
    fprintf(out, "%zu\n", count);
    double duration_s = 1e-9 * (double)(s->info->last_ns - s->info->first_ns);
    for (size_t i = 0; i < count; i++) {
        const mcap_channel *c = mcap_reader_channel(s->reader, i);
        fprintf(out, "  %6u  ", c->id);
        print_padded(out, clean(c->topic).text, topic_width);
        print_padded(out, clean(c->message_encoding).text, encoding_width);
        print_padded(out, schema_name(s, c, &w), schema_width);
        fprintf(out, "%10" PRIu64, c->messages);
        if (duration_s > 0 && c->messages > 1)
            fprintf(out, "  %8.2f Hz", (double)c->messages / duration_s);
        fputc('\n', out);
    }
}

static void print_attachments(const mcap_info *info, FILE *out)
{
    label(out, "attachments");
    fprintf(out, "%zu\n", info->attachment_count);
    for (size_t i = 0; i < info->attachment_count; i++) {
        const mcap_info_attachment *a = &info->attachments[i];
        fprintf(out, "          %s  %s  %s\n", clean(a->name).text, clean(a->media_type).text,
                size_word(a->size).text);
    }
}

static void print_metadata(const mcap_info *info, FILE *out)
{
    label(out, "metadata");
    fprintf(out, "%zu\n", info->metadata_count);
    for (size_t i = 0; i < info->metadata_count; i++) {
        mcap_text map = info->metadata[i].metadata, key, value;
        fprintf(out, "          %s\n", clean(info->metadata[i].name).text);
        while (mcap_map_next_text(&map, &key, &value)) {
            fputs("            ", out);
            print_padded(out, clean(key).text, 16);
            fprintf(out, " %s\n", clean(value).text);
        }
    }
}

static void print_damage(const info_subject *s, FILE *out)
{
    const char *text;
    size_t unsaid = 0;
    for (size_t i = 0; (text = info_damage(s, i)) != NULL; i++) {
        if (i == 0)
            fputs("  damage\n", out);
        if (text[0] != '\0')
            fprintf(out, "          %s\n", text);
        else
            unsaid++;
    }
    if (unsaid > 0)
        fprintf(out, "          and %zu more\n", unsaid);
}

void info_print_text(const info_subject *s, FILE *out)
{
    print_head(s, out);
    print_messages(s, out);
    print_chunks(s, out);
    label(out, "schemas");
    fprintf(out, "%zu\n", mcap_reader_schema_count(s->reader));
    print_channels(s, out);
    print_attachments(s->info, out);
    print_metadata(s->info, out);
    print_damage(s, out);
}
