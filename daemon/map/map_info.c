/* posed map info: what a map holds. */
#include "daemon/map/map_subject.h"
#include "map/check.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <time.h>

static const char *const line_words[MAP_LINE_COUNT] = {
    [MAP_LINE_UNKNOWN] = "unknown", [MAP_LINE_SOLID] = "solid",     [MAP_LINE_DASHED] = "dashed",
    [MAP_LINE_CURB] = "curb",       [MAP_LINE_VIRTUAL] = "virtual", [MAP_LINE_RAIL] = "rail"};

enum { DAY_SIZE = 16 };

static const char *day_text(int32_t day, char out[DAY_SIZE])
{
    time_t t = (time_t)day * 86400;
    struct tm parts;
    if (day == MAP_NO_DAY || !gmtime_r(&t, &parts) || strftime(out, DAY_SIZE, "%Y-%m-%d", &parts) == 0)
        return "unknown";
    return out;
}

static void print_sources(const map_subject *s, FILE *out)
{
    const map_data *m = &s->sources;
    for (size_t i = 0; i < m->file_count; i++) {
        const map_file *f = &m->files[i];
        fprintf(out, "%s: %s, datum WGS84 (%s)\n", f->path, f->is_geojson ? "GeoJSON" : "Lanelet2",
                f->datum_stated ? "stated" : "by the format; the file does not say");
        if (f->is_geojson)
            continue;
        fprintf(out, "  relations      %zu, of which %zu regulatory elements, %zu of other kinds\n",
                f->relations, f->regulatory_elements, f->other_relations);
    }
    if (m->file_count > 0)
        fprintf(out, "  read           %zu nodes, %zu ways, %zu lanelets, %zu marks\n", m->node_count,
                m->way_count, m->lanelet_count, m->thing_count);
}

static void print_counts(const char *title, const uint32_t *counts, int kinds, const char *const *words,
                         FILE *out)
{
    const char *between = "";
    uint32_t all = 0;
    for (int i = 0; i < kinds; i++)
        all += counts[i];
    fprintf(out, "%s%u", title, all);
    for (int i = 0; i < kinds; i++) {
        if (counts[i] > 0) {
            fprintf(out, "%s%s %u", *between ? between : " (", words[i], counts[i]);
            between = ", ";
        }
    }
    fputs(*between ? ")\n" : "\n", out);
}

static void class_words(const char *out[MAP_CLASS_COUNT])
{
    for (int i = 0; i < MAP_CLASS_COUNT; i++)
        out[i] = map_class_word((map_class)i);
}

static void print_days(const pmap_about *a, FILE *out)
{
    char first[DAY_SIZE], last[DAY_SIZE];
    if (a->dated == 0)
        fputs("  surveyed       nothing states when\n", out);
    else
        fprintf(out, "  surveyed       %s to %s (%u elements have a date)\n", day_text(a->first_day, first),
                day_text(a->last_day, last), a->dated);
}

static void print_about(const map_subject *s, FILE *out)
{
    const pmap_about *a = &pmap_get_header(s->map)->about;
    if (isnan(a->south_deg)) {
        fputs("  nothing in it has a place\n", out);
        return;
    }
    fprintf(out, "  latitude       %.7f to %.7f deg\n  longitude      %.7f to %.7f deg\n", a->south_deg,
            a->north_deg, a->west_deg, a->east_deg);
    fprintf(out, "  height         %.2f to %.2f m above the ellipsoid", a->lowest_m, a->highest_m);
    if (a->height_defaults > 0 && !isnan(a->default_height_m))
        fprintf(out, "; %u places have none of their own: %.2f m %s", a->height_defaults, a->default_height_m,
                s->height_assumed ? "assumed" : "by default");
    fprintf(out, "\n  accuracy       %.3f to %.3f m (one sigma per axis, own and section's)",
            (double)a->least_sigma_m, (double)a->most_sigma_m);
    if (a->sigma_defaults > 0)
        fprintf(out, "; %u do not state theirs: %.3g m own, %.3g m section's", a->sigma_defaults,
                (double)a->default_sigma_m, (double)a->default_section_sigma_m);
    fputs("\n", out);
    print_days(a, out);
}

static bool print_text(const map_subject *s, FILE *out)
{
    const pmap_header *h = pmap_get_header(s->map);
    const map_view *v = pmap_view(s->map);
    const char *classes[MAP_CLASS_COUNT];
    class_words(classes);
    print_sources(s, out);
    if (s->sources.file_count == 0)
        fprintf(out, "%s: compiled map, version %u, datum WGS84 (%s)\n", s->options->files[0], h->version,
                h->about.datum_stated ? "stated by every source" : "by the sources' formats");
    print_about(s, out);
    fprintf(out, "  lanes          %u\n", v->lane_count);
    print_counts("  lines          ", h->about.line_types, MAP_LINE_COUNT, line_words, out);
    fprintf(out, "  points         %u\n", v->point_count);
    print_counts("  marks          ", h->about.classes, MAP_CLASS_COUNT, classes, out);
    fprintf(out, "  grid           %u tiles of %g m\n  size           %zu bytes%s\n  checksum       %08x\n",
            v->tile_count, MAP_TILE_M, s->size, s->bytes ? " when compiled" : "", h->body_crc);
    return true;
}

static json_t *counts_value(const uint32_t *counts, int kinds, const char *const *words)
{
    json_t *object = json_object();
    for (int i = 0; i < kinds; i++)
        json_object_set_new(object, words[i], json_integer(counts[i]));
    return object;
}

/* JSON has no NaN. */
static json_t *number_or_null(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *about_value(const map_subject *s)
{
    const pmap_about *a = &pmap_get_header(s->map)->about;
    const char *classes[MAP_CLASS_COUNT];
    char first[DAY_SIZE], last[DAY_SIZE];
    class_words(classes);
    return json_pack(
        "{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:b, s:i, s:o, s:o, s:s, s:s, s:i, s:o, s:o}", "datum",
        "WGS84", "datum_stated", (int)a->datum_stated, "south_deg", number_or_null(a->south_deg), "north_deg",
        number_or_null(a->north_deg), "west_deg", number_or_null(a->west_deg), "east_deg",
        number_or_null(a->east_deg), "lowest_m", number_or_null(a->lowest_m), "highest_m",
        number_or_null(a->highest_m), "height_defaults", (int)a->height_defaults, "height_assumed",
        (int)s->height_assumed, "sigma_defaults", (int)a->sigma_defaults, "least_sigma_m",
        number_or_null((double)a->least_sigma_m), "most_sigma_m", number_or_null((double)a->most_sigma_m),
        "first_survey", day_text(a->first_day, first), "last_survey", day_text(a->last_day, last), "dated",
        (int)a->dated, "marks", counts_value(a->classes, MAP_CLASS_COUNT, classes), "lines",
        counts_value(a->line_types, MAP_LINE_COUNT, line_words));
}

static json_t *sources_value(const map_data *m)
{
    size_t rules = 0;
    for (size_t i = 0; i < m->file_count; i++)
        rules += m->files[i].regulatory_elements;
    if (m->file_count == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "nodes", (json_int_t)m->node_count, "ways",
                     (json_int_t)m->way_count, "lanelets", (json_int_t)m->lanelet_count,
                     "regulatory_elements", (json_int_t)rules, "marks", (json_int_t)m->thing_count);
}

static bool print_json(const map_subject *s, FILE *out)
{
    const pmap_header *h = pmap_get_header(s->map);
    const map_view *v = pmap_view(s->map);
    char crc[16];
    snprintf(crc, sizeof crc, "%08x", h->body_crc);
    json_t *root = json_pack("{s:i, s:i, s:i, s:i, s:I, s:s, s:o, s:o}", "version", (int)h->version, "lanes",
                             (int)v->lane_count, "points", (int)v->point_count, "tiles", (int)v->tile_count,
                             "bytes", (json_int_t)s->size, "checksum", crc, "sources",
                             sources_value(&s->sources), "about", about_value(s));
    bool good = root && json_dumpf(root, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return good;
}

bool map_print_info(const map_subject *s, FILE *out)
{
    return s->options->json ? print_json(s, out) : print_text(s, out);
}
