/*
 * Messages of posed into the structs of posed_client.h. Strict about bytes, numbers and names; a value of an
 * enum that a newer posed added becomes 0, and a fault keeps its number, known or not: posed.proto changes by
 * addition. Internal to client/.
 */
#ifndef POSED_CLIENT_DECODE_H
#define POSED_CLIENT_DECODE_H

#include "client/posed_client.h"
#include "common/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DECODE_MAX_SOURCES = 32 };

/* A status with the sources that it points to. Not to be copied. */
typedef struct {
    posed_status status;
    const posed_source *pointers[DECODE_MAX_SOURCES];
    posed_source sources[DECODE_MAX_SOURCES];
} decoded_status;

/* False with `e` naming message and field; `out` is then not to be used. */
bool decode_pose(const void *data, size_t size, posed_pose *out, error *e);
bool decode_status(const void *data, size_t size, decoded_status *out, error *e);
bool decode_fault(const void *data, size_t size, posed_fault *out, error *e);
bool decode_verdict(const void *data, size_t size, posed_verdict *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
