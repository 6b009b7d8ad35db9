#include "sim/sim.h"

#include "fusion/window.h"
#include "sim/sensor.h"
#include "sim/sim_truth.h"
#include "sim/vehicle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Streams of random numbers under the drive's seed. The world and the vehicle take theirs from the first;
 * a sensor's follows from its name, so that taking one out leaves the others as they were. */
enum { STREAM_SENSORS = 1000 };

enum { TRUTH_STEPS = SIM_STEPS_PER_S / 100, ROAD_STEPS = SIM_STEPS_PER_S / 10 };

typedef struct {
    const sim_sensor_kind *kind;
    const sim_sensor_settings *set;
    void *state;
    long period, next; /* steps */
    uint16_t source;
    uint32_t sequence[FRAME_KIND_COUNT];
} running;

struct sim {
    sim_scenario scenario;
    sim_world *world;
    sim_vehicle *vehicle;
    sim_traffic *traffic;
    size_t sensor_count;
    running sensors[SIM_MAX_SENSORS];
    running *emitting;
    window *waiting; /* frames that have been measured and not yet received */
    sim_state before;
    sim_moment moment;
    long step, last;     /* done, and the drive's last */
    uint8_t *road_class; /* each ROAD_STEPS */
    uint32_t *disturbed; /* each ROAD_STEPS; bit = source */
    bool truth_due;
    uint32_t truth_sequence;
};

static const sim_sensor_kind *const kinds[SOURCE_KIND_COUNT] = {
    [SOURCE_GNSS] = &sim_sensor_gnss,         [SOURCE_IMU] = &sim_sensor_imu,
    [SOURCE_WHEEL] = &sim_sensor_wheel,       [SOURCE_RADAR] = &sim_sensor_radar,
    [SOURCE_CAMERA] = &sim_sensor_camera,     [SOURCE_ROADSIDE] = &sim_sensor_roadside,
    [SOURCE_ODOMETRY] = &sim_sensor_odometry,
};

static int64_t time_of(long step)
{
    return SIM_BEGIN_NS + (int64_t)step * SIM_STEP_NS;
}

/* FNV-1a, folded: which stream a sensor of that name draws from. */
static uint64_t stream_of(const char *name)
{
    uint64_t h = 14695981039346656037u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return STREAM_SENSORS + ((h ^ (h >> 32)) & 0x3fffffff);
}

static void take_frame(void *context, frame *f)
{
    sim *m = context;
    running *r = m->emitting;
    f->source = r->source;
    f->sequence = r->sequence[f->kind]++;
    (void)window_put(m->waiting, f->received_ns, f); /* room for seconds of latency */
}

size_t sim_returns(const sim *m, uint16_t source, uint32_t sequence, const sim_return **out)
{
    for (size_t i = 0; i < m->sensor_count; i++) {
        const running *r = &m->sensors[i];
        if (r->source == source)
            return r->kind->returns ? r->kind->returns(r->state, sequence, out) : 0;
    }
    return 0;
}

static bool start_sensor(sim *m, size_t i, uint64_t seed)
{
    running *r = &m->sensors[i];
    r->set = &m->scenario.sensors[i];
    r->kind = kinds[r->set->kind];
    r->state = calloc(1, r->kind->size);
    r->period = lround(SIM_STEPS_PER_S / r->set->rate_hz);
    source_settings *source = settings_find_source(&m->scenario.config, r->set->name);
    if (!r->state || !source)
        return false;
    r->source = (uint16_t)(source - m->scenario.config.sources);
    rng phase = rng_seed(seed, stream_of(r->set->name));
    r->next = (long)(rng_uniform(&phase) * (double)r->period);
    r->kind->start(r->state, r->set, &m->moment, phase);
    return true;
}

static void look(sim *m)
{
    m->moment.now = sim_vehicle_state(m->vehicle);
    m->moment.stamp_ns = time_of(m->step);
    sim_world_road(m->world, m->moment.now->s_m, &m->moment.road);
}

static bool build(sim *m, uint64_t seed, error *e)
{
    settings *config = &m->scenario.config;
    m->last = lround(m->scenario.duration_s * SIM_STEPS_PER_S);
    m->world = sim_world_create(&m->scenario, seed, e);
    if (!m->world)
        return false;
    const sim_motion *motion = sim_world_motion(m->world);
    if (motion && m->last > (long)sim_motion_count(motion) - 1) /* not beyond what was recorded */
        m->last = (long)sim_motion_count(motion) - 1;
    m->vehicle = sim_vehicle_create(&m->scenario, m->world, seed);
    m->traffic = sim_traffic_create(&m->scenario, m->world, seed);
    m->waiting = window_create();
    m->road_class = calloc((size_t)(m->last / ROAD_STEPS + 1), 1);
    m->disturbed = calloc((size_t)(m->last / ROAD_STEPS + 1), sizeof *m->disturbed);
    if (!m->vehicle || !m->traffic || !m->waiting || !m->road_class || !m->disturbed)
        return error_set(e, "out of memory");
    size_t room = SETTINGS_MAX_LANDMARKS - config->landmark_count;
    config->landmark_count += sim_world_landmarks(m->world, &config->landmarks[config->landmark_count], room);
    m->moment = (sim_moment){.scenario = &m->scenario, .world = m->world, .traffic = m->traffic};
    m->before = *sim_vehicle_state(m->vehicle);
    m->moment.before = &m->before;
    look(m);
    for (m->sensor_count = 0; m->sensor_count < m->scenario.sensor_count; m->sensor_count++) {
        if (!start_sensor(m, m->sensor_count, seed))
            return error_set(e, "out of memory");
    }
    m->step = -1;
    return true;
}

sim *sim_create(const sim_scenario *s, uint64_t seed, error *e)
{
    sim *m = calloc(1, sizeof *m);
    if (!m) {
        error_set(e, "out of memory");
        return NULL;
    }
    m->scenario = *s;
    if (build(m, seed, e))
        return m;
    sim_destroy(m);
    return NULL;
}

void sim_destroy(sim *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < SIM_MAX_SENSORS; i++)
        free(m->sensors[i].state);
    free(m->road_class);
    free(m->disturbed);
    window_destroy(m->waiting);
    sim_traffic_destroy(m->traffic);
    sim_vehicle_destroy(m->vehicle);
    sim_world_destroy(m->world);
    free(m);
}

const settings *sim_settings(const sim *m)
{
    return &m->scenario.config;
}

const sim_world *sim_get_world(const sim *m)
{
    return m->world;
}

static void run_sensors(sim *m)
{
    const sim_emit out = {m, take_frame};
    for (size_t i = 0; i < m->sensor_count; i++) {
        running *r = &m->sensors[i];
        m->emitting = r;
        if (r->kind->step)
            r->kind->step(r->state, &m->moment);
        if (m->step < r->next)
            continue;
        r->next += r->period;
        r->kind->sample(r->state, &m->moment, &out);
        if (r->kind->disturbed && r->kind->disturbed(r->state))
            m->disturbed[m->step / ROAD_STEPS] |= UINT32_C(1) << r->source;
    }
}

static void do_step(sim *m)
{
    m->step++;
    if (m->step > 0) {
        m->before = *sim_vehicle_state(m->vehicle);
        sim_vehicle_step(m->vehicle);
    }
    look(m);
    if (m->step % ROAD_STEPS == 0)
        m->road_class[m->step / ROAD_STEPS] = (uint8_t)m->moment.road.road;
    m->truth_due = m->step % TRUTH_STEPS == 0;
    run_sensors(m);
}

/* The oldest frame, when it was received before that time. */
static bool take_received(sim *m, int64_t before_ns, frame *out)
{
    const frame *f = window_oldest(m->waiting);
    if (!f || f->received_ns >= before_ns)
        return false;
    memcpy(out, f, frame_used_size(f));
    window_drop(m->waiting);
    return true;
}

sim_item_kind sim_next(sim *m, sim_item *item)
{
    for (;;) {
        /* What is measured from here on is received later than now. */
        if (m->step >= 0 && take_received(m, time_of(m->step), &item->frame))
            return SIM_FRAME;
        if (m->truth_due) {
            m->truth_due = false;
            sim_truth(sim_world_earth(m->world), m->moment.now, &item->truth);
            item->truth.stamp_ns = time_of(m->step);
            item->truth.sequence = m->truth_sequence++;
            return SIM_TRUTH;
        }
        if (m->step >= m->last)
            return take_received(m, INT64_MAX, &item->frame) ? SIM_FRAME : SIM_END;
        do_step(m);
    }
}

/* The entry of a time in what is kept each ROAD_STEPS. */
static long entry_of(const sim *m, int64_t stamp_ns)
{
    long last = (m->step < 0 ? 0 : m->step) / ROAD_STEPS;
    long at = (long)((stamp_ns - SIM_BEGIN_NS) / SIM_STEP_NS) / ROAD_STEPS;
    return at < 0 ? 0 : at > last ? last : at;
}

road_class sim_road_at(const sim *m, int64_t stamp_ns)
{
    return (road_class)m->road_class[entry_of(m, stamp_ns)];
}

bool sim_disturbed(const sim *m, uint16_t source, int64_t from_ns, int64_t to_ns)
{
    uint32_t all = 0;
    for (long i = entry_of(m, from_ns); i <= entry_of(m, to_ns); i++)
        all |= m->disturbed[i];
    return source < SETTINGS_MAX_SOURCES && all >> source & 1u;
}
