/*
 * What the tags of a Lanelet2 map mean.
 */
#ifndef POSED_MAP_LANELET2_TAGS_H
#define POSED_MAP_LANELET2_TAGS_H

#include "map/map_data.h"
#include "map/osm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where problems of an element go. */
typedef struct {
    map_problems *problems;
    map_place at;
} tag_context;

/* What a way is, by its tag `type`; MAP_WAY_OTHER: none that we know. */
map_way_kind lanelet2_way_kind(const osm_element *e);
/* What of a way can be seen: paint, kerb, or nothing. */
map_line_type lanelet2_line_type(map_way_kind kind, const char *subtype);
/* The class of a way or node that is a thing to see; MAP_CLASS_COUNT: it is none. */
map_class lanelet2_class(const osm_element *e);

/* posed:sigma_m, posed:section_sigma_m, posed:section, survey:date; what is not there stays unknown. */
map_survey lanelet2_survey(const osm_element *e, const tag_context *c);

/* Metres of a tag; NAN: it is not there, or no number between the limits (a problem). */
double lanelet2_metres(const osm_element *e, const char *key, double least, double most,
                       const tag_context *c);

/* "50", "50 km/h", "30 mph", "13.9 m/s": m/s. NAN: it is none of them. */
float lanelet2_speed_mps(const char *text);
/* The limit that a traffic sign's subtype or sign_type stands for: German 274 ("de274-60", "de274.1-30") and
 * its like; NAN: none. */
float lanelet2_sign_speed_mps(const char *sign);

/* Type, subtype, participants, direction, turn and limit of a lanelet; not its bounds. */
void lanelet2_describe(map_lanelet *l, const osm_element *e, const tag_context *c);

#ifdef __cplusplus
}
#endif
#endif
