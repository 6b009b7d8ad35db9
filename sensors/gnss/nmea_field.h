/*
 * The fields of an NMEA sentence: text to values. Each function returns false, and leaves its result as it
 * was, when the field is empty or is not what is asked for. Internal to nmea.c.
 */
#ifndef POSED_SENSORS_GNSS_NMEA_FIELD_H
#define POSED_SENSORS_GNSS_NMEA_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NMEA_MAX_FIELDS = 48, NMEA_TEXT_SIZE = 257 };

typedef struct {
    size_t count;
    const char *at[NMEA_MAX_FIELDS]; /* at[0] is the address; beyond `count` all are "" */
    char text[NMEA_TEXT_SIZE];
} nmea_fields;

/* False when the sentence is too long or has too many fields. */
bool nmea_split(const char *sentence, nmea_fields *f);

bool nmea_number(const char *field, double *value);
bool nmea_float(const char *field, float *value);
bool nmea_integer(const char *field, int min, int max, int *value);

/* "hhmmss.sss" to nanoseconds after midnight; a leap second has the number 60. */
bool nmea_time(const char *field, int64_t *of_day_ns);

/* "ddmmyy" to days since 1970-01-01. */
bool nmea_date(const char *field, int32_t *day);

/* Four fields "ddmm.mmm", N or S, "dddmm.mmm", E or W. */
bool nmea_position(const char *const *field, double *latitude_deg, double *longitude_deg);

#ifdef __cplusplus
}
#endif
#endif
