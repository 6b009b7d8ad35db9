#include "sensors/can/can_value.h"

#include "sensors/can/dbc_decode.h"

#include <math.h>
#include <string.h>

#define DEGREE (3.14159265358979323846 / 180.0)

static const struct {
    const char *name;
    can_dimension dimension;
    double factor;
} units[] = {
    {"m", CAN_LENGTH, 1.0},           {"cm", CAN_LENGTH, 0.01},
    {"mm", CAN_LENGTH, 0.001},        {"m/s", CAN_SPEED, 1.0},
    {"km/h", CAN_SPEED, 1.0 / 3.6},   {"mph", CAN_SPEED, 0.44704}, /* 1609.344 m in an hour */
    {"kn", CAN_SPEED, 1852.0 / 3600},                              /* 1852 m in an hour */
    {"rad", CAN_ANGLE, 1.0},          {"deg", CAN_ANGLE, DEGREE},
    {"rad/s", CAN_TURN_RATE, 1.0},    {"deg/s", CAN_TURN_RATE, DEGREE},
};

bool can_unit_factor(const char *unit, can_dimension dimension, double *factor)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (units[i].dimension == dimension && strcmp(units[i].name, unit) == 0) {
            *factor = units[i].factor;
            return true;
        }
    }
    return false;
}

const char *can_units_of(can_dimension dimension)
{
    static const char *const names[] = {
        [CAN_LENGTH] = "m, cm, mm", [CAN_SPEED] = "m/s, km/h, mph, kn",
        [CAN_ANGLE] = "rad, deg",   [CAN_TURN_RATE] = "rad/s, deg/s",
        [CAN_PLAIN] = "none",
    };
    return names[dimension];
}

/* A file may leave the mark of an extended id out (see dbc_find). */
bool can_frame_is(const can_bus_frame *f, const dbc_message *m)
{
    return f->id == m->id && (f->extended == m->extended || (f->extended && m->id > 0x7ff));
}

double can_value_read(const can_value *v, const can_bus_frame *f)
{
    double sum = 0.0, physical;
    for (size_t i = 0; i < v->count; i++) {
        const can_term *t = &v->terms[i];
        if (!dbc_signal_read(t->signal, f->data, f->size, &physical))
            return NAN;
        sum += (t->scale * physical + t->offset) * t->factor;
    }
    return v->count > 0 && isfinite(sum) ? sum : NAN;
}

bool can_condition_holds(const can_condition *c, const can_bus_frame *f)
{
    double physical;
    if (!dbc_signal_read(c->signal, f->data, f->size, &physical) || !(physical > c->above) ||
        !(physical < c->below))
        return false;
    for (size_t i = 0; i < c->allowed_count; i++) {
        if (physical == c->allowed[i])
            return !c->refused;
    }
    return c->allowed_count == 0 || c->refused;
}
