#include "map/map_data.h"

#include "map/geojson.h"
#include "map/lanelet2.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void map_data_finish(map_data *m)
{
    for (size_t i = 0; i < m->file_count; i++)
        free(m->files[i].path);
    free(m->files);
    free(m->nodes);
    free(m->ways);
    free(m->refs);
    free(m->lanelets);
    free(m->things);
    *m = (map_data){0};
}

bool map_grow(void *array, size_t count, size_t *room, size_t size)
{
    void **at = array;
    if (count < *room)
        return true;
    if (count >= MAP_NONE / 2) /* indices are 32 bit wide */
        return false;
    size_t more = *room ? 2 * *room : 64;
    void *larger = realloc(*at, more * size);
    if (!larger)
        return false;
    *at = larger;
    *room = more;
    return true;
}

map_survey map_survey_unknown(void)
{
    return (map_survey){.sigma_m = NAN, .section_sigma_m = NAN, .section = 0, .day = MAP_NO_DAY};
}

void map_survey_fill(map_survey *s, const map_survey *other)
{
    if (isnan(s->sigma_m))
        s->sigma_m = other->sigma_m;
    if (isnan(s->section_sigma_m))
        s->section_sigma_m = other->section_sigma_m;
    if (s->section == 0)
        s->section = other->section;
    if (s->day == MAP_NO_DAY)
        s->day = other->day;
}

map_file *map_begin_file(map_data *m, const char *path, bool is_geojson)
{
    char *name = strdup(path);
    if (!name || !map_grow(&m->files, m->file_count, &m->file_room, sizeof *m->files)) {
        free(name);
        return NULL;
    }
    map_file *f = &m->files[m->file_count++];
    *f = (map_file){
        .path = name, .is_geojson = is_geojson, .default_height_m = NAN, .survey = map_survey_unknown()};
    return f;
}

static bool ends_in(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a > b && strcasecmp(text + a - b, end) == 0;
}

bool map_read(map_data *m, const char *path, map_problems *p, error *e)
{
    if (ends_in(path, ".osm") || ends_in(path, ".xml"))
        return lanelet2_read(m, path, p, e);
    if (ends_in(path, ".geojson") || ends_in(path, ".json"))
        return geojson_read(m, path, p, e);
    if (ends_in(path, ".pmap"))
        return error_set(e, "%s: no compiled map, though its name says so", path);
    return error_set(e, "%s: not the name of a map: expected .osm (Lanelet2), .geojson or .pmap", path);
}

static char *read_all(FILE *in, const char *path, size_t size, error *e)
{
    char *text = malloc(size + 1);
    if (!text)
        error_set(e, "%s: out of memory", path);
    else if (fread(text, 1, size, in) != size) {
        error_set(e, "%s: %s", path, ferror(in) ? strerror(errno) : "became shorter while it was read");
        free(text);
        text = NULL;
    } else
        text[size] = '\0';
    return text;
}

char *map_file_read(const char *path, size_t most, size_t *size, error *e)
{
    struct stat about;
    char *text = NULL;
    FILE *in = fopen(path, "rbe");
    if (!in || fstat(fileno(in), &about) != 0)
        error_set(e, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(about.st_mode))
        error_set(e, "%s: not a file", path);
    else if ((uint64_t)about.st_size > most)
        error_set(e, "%s: larger than a map may be (%zu MiB)", path, most >> 20);
    else
        text = read_all(in, path, *size = (size_t)about.st_size, e);
    if (in)
        fclose(in);
    return text;
}

double map_node_height_m(const map_data *m, const map_node *n)
{
    return isnan(n->height_m) ? m->files[n->file].default_height_m : n->height_m;
}

double map_thing_height_m(const map_data *m, const map_thing *t)
{
    return isnan(t->height_m) ? m->files[t->file].default_height_m : t->height_m;
}

/* Days since 1970-01-01 in the Gregorian calendar; the year begins with March, so that leap days come last.
 */
static int32_t day_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* `digits` digits from *at on; moves on. -1: there are fewer. */
static int take_digits(const char **at, int digits)
{
    int value = 0;
    for (; digits > 0; digits--, ++*at) {
        if (**at < '0' || **at > '9')
            return -1;
        value = 10 * value + (**at - '0');
    }
    return value;
}

bool map_parse_day(const char *text, int32_t *day)
{
    int part[3] = {take_digits(&text, 4), 1, 1};
    for (int i = 1; i < 3 && *text == '-'; i++) {
        text++;
        part[i] = take_digits(&text, 2);
    }
    if (*text != '\0' || part[0] < 1900 || part[0] > 2200 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
        part[2] > days_in(part[0], part[1]))
        return false;
    *day = day_of(part[0], part[1], part[2]);
    return true;
}

bool map_parse_number(const char *text, double least, double most, double *out)
{
    char *end;
    if (strspn(text, "+-.0123456789eE") != strlen(text)) /* no hex, no "inf", no blanks */
        return false;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most))
        return false;
    *out = value;
    return true;
}

static const char *const class_words[MAP_CLASS_COUNT] = {
    [MAP_CLASS_OTHER] = "other", [MAP_CLASS_SIGN] = "sign", [MAP_CLASS_LIGHT] = "light",
    [MAP_CLASS_POLE] = "pole",   [MAP_CLASS_TAG] = "tag",   [MAP_CLASS_POST] = "post",
    [MAP_CLASS_RAIL] = "rail"};

bool map_class_find(const char *word, map_class *out)
{
    for (int i = 0; i < MAP_CLASS_COUNT; i++) {
        if (strcmp(word, class_words[i]) == 0) {
            *out = (map_class)i;
            return true;
        }
    }
    return false;
}

const char *map_class_word(map_class c)
{
    return c < MAP_CLASS_COUNT ? class_words[c] : "?";
}
