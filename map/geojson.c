#include "map/geojson.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file larger than this is no set of landmarks; parsed, it takes some ten times as much memory. */
#define MOST_BYTES ((size_t)256 << 20)

typedef struct {
    map_data *m;
    map_problems *problems;
    uint32_t file;
    map_place at;
    bool good; /* the feature so far */
} feature;

static void complain(feature *f, const char *code, const char *what)
{
    map_problem_add(f->problems, MAP_ERROR, code, f->at, "%s", what);
    f->good = false;
}

/* The member "type" of an object; "" when there is none, or it is no word: it is shown. */
static const char *type_of(const json_t *object)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *type = json_string_value(json_object_get(object, "type"));
    return type && type[strspn(type, letters)] == '\0' ? type : "";
}

/* A number of an object; NAN: not there, or a problem. */
static double number_of(feature *f, const json_t *object, const char *key, double least, double most)
{
    const json_t *value = json_object_get(object, key);
    double number = json_number_value(value);
    if (!value || json_is_null(value))
        return NAN;
    if (json_is_number(value) && number >= least && number <= most)
        return number;
    map_problem_add(f->problems, MAP_ERROR, "bad_number", f->at, "%s: expected a number from %g to %g", key,
                    least, most);
    f->good = false;
    return NAN;
}

static map_survey survey_of(feature *f, const json_t *object)
{
    map_survey s = map_survey_unknown();
    const json_t *day = json_object_get(object, "survey_date");
    double section = number_of(f, object, "section", 0, 4294967294.0);
    s.sigma_m = (float)number_of(f, object, "sigma_m", 0, 100);
    s.section_sigma_m = (float)number_of(f, object, "section_sigma_m", 0, 100);
    if (!isnan(section) && section == floor(section))
        s.section = (uint32_t)section;
    else if (!isnan(section))
        complain(f, "bad_number", "section: expected a whole number");
    if (day && !json_is_null(day) && !(json_is_string(day) && map_parse_day(json_string_value(day), &s.day)))
        map_problem_add(f->problems, MAP_WARNING, "bad_date", f->at, "survey_date: expected \"YYYY-MM-DD\"");
    return s;
}

/* [longitude, latitude] or [longitude, latitude, height]. */
static void read_point(feature *f, const json_t *geometry, map_thing *t)
{
    const json_t *at = json_object_get(geometry, "coordinates");
    if (strcmp(type_of(geometry), "Point") != 0) {
        map_problem_add(f->problems, MAP_ERROR, "no_point", f->at,
                        "geometry: expected a Point, found %s%.40s",
                        json_is_object(geometry) ? "type " : "none", type_of(geometry));
        f->good = false;
        return;
    }
    size_t count = json_array_size(at);
    bool numbers = count == 2 || count == 3;
    for (size_t i = 0; numbers && i < count; i++)
        numbers = json_is_number(json_array_get(at, i));
    if (!numbers) {
        complain(f, "bad_position",
                 "coordinates: expected [longitude, latitude] or [..., height] in numbers");
        return;
    }
    t->longitude_deg = json_number_value(json_array_get(at, 0));
    t->latitude_deg = json_number_value(json_array_get(at, 1));
    if (!(fabs(t->latitude_deg) <= 90 && fabs(t->longitude_deg) <= 180))
        complain(f, "bad_position", "coordinates: out of range; longitude comes first");
    if (count == 3)
        t->height_m = json_number_value(json_array_get(at, 2));
    if (count == 3 && !(fabs(t->height_m) <= 10000))
        complain(f, "bad_position", "coordinates: the height is out of range");
}

static void read_class(feature *f, const json_t *properties, map_thing *t)
{
    const json_t *value = json_object_get(properties, "class");
    map_class class = MAP_CLASS_OTHER;
    if (!json_is_string(value) || !map_class_find(json_string_value(value), &class))
        complain(f, "bad_class", "class: expected sign, light, pole, post, rail, tag or other");
    t->kind = (uint8_t) class;
}

/* Writers have whole numbers as 7, as 7.0 (tables with gaps) and as "7" (GeoPandas). */
static bool parse_id(const json_t *value, int64_t *id)
{
    static const double exact = 9007199254740992.0; /* up to here a double has every whole number */
    const char *text = json_string_value(value);
    double number = json_number_value(value);
    int length = 0;
    if (json_is_integer(value)) {
        *id = json_integer_value(value);
        return true;
    }
    if (json_is_real(value) && fabs(number) <= exact && number == floor(number)) {
        *id = (int64_t)number;
        return true;
    }
    /* 18 digits: no overflow */
    return text && strspn(text, "-0123456789") == strlen(text) && strlen(text) <= 18 &&
           sscanf(text, "%" SCNd64 "%n", id, &length) == 1 && text[length] == '\0';
}

/* As a property, or as RFC 7946 has it, beside them. */
static void read_id(feature *f, const json_t *whole, const json_t *properties, map_thing *t)
{
    const json_t *value = json_object_get(properties, "id");
    if (!value || json_is_null(value))
        value = json_object_get(whole, "id");
    if (parse_id(value, &t->id))
        f->at.id = t->id;
    else
        complain(f, "bad_id", "id: expected a whole number");
}

static bool read_feature(map_data *m, const json_t *whole, size_t number, uint32_t file, map_problems *p)
{
    feature f = {m, p, file, {"landmark", 0, file, (uint32_t)number}, true};
    map_thing t = {.file = file, .place = (uint32_t)number, .element = "landmark", .height_m = NAN};
    const json_t *properties = json_object_get(whole, "properties");
    if (strcmp(type_of(whole), "Feature") != 0) {
        complain(&f, "no_feature", "expected an object of type Feature");
        return true;
    }
    read_id(&f, whole, properties, &t);
    read_class(&f, properties, &t);
    read_point(&f, json_object_get(whole, "geometry"), &t);
    double height_m = number_of(&f, properties, "height_m", -1000, 10000);
    if (!isnan(height_m))
        t.height_m = height_m;
    t.survey = survey_of(&f, properties);
    map_survey_fill(&t.survey, &m->files[file].survey);
    if (!f.good)
        return true;
    if (!map_grow(&m->things, m->thing_count, &m->thing_room, sizeof *m->things))
        return false;
    m->things[m->thing_count++] = t;
    return true;
}

static bool is_wgs84(const json_t *datum)
{
    return json_is_string(datum) && strcmp(json_string_value(datum), "WGS84") == 0;
}

/* "crs", which GeoJSON had until 2016, may only name what RFC 7946 has anyway. Whatever it names, coordinates
 * are longitude, latitude, height (GeoJSON 2008, section 2.1.1). */
static bool crs_is_wgs84(const json_t *crs)
{
    static const char *const names[] = {"urn:ogc:def:crs:OGC:1.3:CRS84",
                                        "urn:ogc:def:crs:OGC::CRS84",
                                        "urn:ogc:def:crs:EPSG::4326",
                                        "urn:ogc:def:crs:EPSG::4979",
                                        "EPSG:4326",
                                        "EPSG:4979"};
    const char *text = json_string_value(json_object_get(json_object_get(crs, "properties"), "name"));
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0)
            return true;
    }
    return false;
}

/* The member "posed" of the collection: datum, height_m, and the survey of what does not say. */
static bool read_about_file(map_data *m, const json_t *root, uint32_t file, map_problems *p, error *e)
{
    const json_t *about = json_object_get(root, "posed"), *datum = json_object_get(about, "datum");
    const json_t *crs = json_object_get(root, "crs");
    feature f = {m, p, file, {"file", 0, file, 0}, true};
    map_file *self = &m->files[file];
    if ((datum && !is_wgs84(datum)) || (crs && !json_is_null(crs) && !crs_is_wgs84(crs)))
        return error_set(e, "%s: a datum other than WGS84 is stated: transform the map first", self->path);
    self->datum_stated = datum || crs;
    self->default_height_m = number_of(&f, about, "height_m", -1000, 10000);
    self->survey = survey_of(&f, about);
    return true;
}

static bool read_collection(map_data *m, const json_t *root, uint32_t file, map_problems *p, error *e)
{
    const json_t *features = json_object_get(root, "features");
    const char *path = m->files[file].path;
    bool alone = strcmp(type_of(root), "Feature") == 0;
    if (!alone && (strcmp(type_of(root), "FeatureCollection") != 0 || !json_is_array(features)))
        return error_set(e, "%s: no GeoJSON FeatureCollection or Feature: its type is \"%.40s\"%s", path,
                         type_of(root), features ? "" : ", and it has no features");
    if (!read_about_file(m, root, file, p, e))
        return false;
    bool good = !alone || read_feature(m, root, 1, file, p);
    for (size_t i = 0; good && !alone && i < json_array_size(features); i++)
        good = read_feature(m, json_array_get(features, i), i + 1, file, p);
    return good || error_set(e, "%s: out of memory", path);
}

bool geojson_parse(map_data *m, const char *name, const char *text, size_t size, map_problems *p, error *e)
{
    json_error_t problem;
    uint32_t file = (uint32_t)m->file_count;
    if (!map_begin_file(m, name, true))
        return error_set(e, "%s: out of memory", name);
    size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* of the byte order, in UTF-8 */
    json_t *root = json_loadb(text + mark, size - mark, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        return error_set(e, "%s:%d: not JSON: %s", name, problem.line, problem.text);
    bool good = read_collection(m, root, file, p, e);
    json_decref(root);
    return good;
}

bool geojson_read(map_data *m, const char *path, map_problems *p, error *e)
{
    size_t size;
    char *text = map_file_read(path, MOST_BYTES, &size, e);
    bool good = text && geojson_parse(m, path, text, size, p, e);
    free(text);
    return good;
}
