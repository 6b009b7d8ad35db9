#include "sensors/can/can_wheels.h"

#include <math.h>

void can_wheels_init(can_wheels *w, const can_wheel_rules *rules)
{
    *w = (can_wheels){.rules = rules};
    for (int i = 0; i < CAN_WHEEL_FIELDS; i++)
        w->values[i] = NAN;
}

static bool conditions_hold(const can_wheel_rules *rules, const can_bus_frame *f)
{
    for (size_t i = 0; i < rules->condition_count; i++) {
        const can_condition *c = &rules->conditions[i];
        if (can_frame_is(f, c->message) && !can_condition_holds(c, f))
            return false;
    }
    return true;
}

static void take_values(can_wheels *w, const can_bus_frame *f)
{
    bool good = conditions_hold(w->rules, f);
    for (int i = 0; i < CAN_WHEEL_FIELDS; i++) {
        const can_value *field = &w->rules->fields[i];
        if (field->count == 0 || !can_frame_is(f, field->message))
            continue;
        w->values[i] = good ? can_value_read(field, f) : NAN;
        w->stamps_ns[i] = f->stamp_ns;
    }
}

static bool is_trigger(const can_wheel_rules *rules, const can_bus_frame *f)
{
    for (size_t i = 0; i < rules->trigger_count; i++) {
        if (can_frame_is(f, rules->triggers[i]))
            return true;
    }
    return false;
}

/* NaN when it is older than it may be, or of the future. */
static float value_at(const can_wheels *w, can_wheel_field field, int64_t ns)
{
    double age_s = (double)(ns - w->stamps_ns[field]) * 1e-9;
    return age_s >= 0.0 && age_s <= w->rules->max_age_s ? (float)w->values[field] : NAN;
}

static bool says_something(const frame_wheel *w)
{
    bool known = !isnan(w->speed_mps) || !isnan(w->yaw_rate_radps);
    for (int i = 0; i < 4; i++)
        known = known || !isnan(w->wheel_mps[i]);
    return known;
}

bool can_wheels_take(can_wheels *w, const can_bus_frame *f, frame *out)
{
    if (f->remote || f->error)
        return false;
    take_values(w, f);
    if (!is_trigger(w->rules, f))
        return false;
    out->kind = FRAME_WHEEL;
    out->stamp_ns = out->received_ns = f->stamp_ns;
    frame_wheel *wheel = &out->u.wheel;
    wheel->speed_mps = value_at(w, CAN_WHEEL_SPEED, f->stamp_ns);
    for (int i = 0; i < 4; i++)
        wheel->wheel_mps[i] = value_at(w, (can_wheel_field)(CAN_WHEEL_FRONT_LEFT + i), f->stamp_ns);
    wheel->yaw_rate_radps = value_at(w, CAN_WHEEL_YAW_RATE, f->stamp_ns);
    wheel->steering_wheel_rad = value_at(w, CAN_WHEEL_STEERING, f->stamp_ns);
    return says_something(wheel);
}
