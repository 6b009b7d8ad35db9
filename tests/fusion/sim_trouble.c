#include "tests/fusion/sim_trouble.h"

static bool meddle(void *context, double t, frame *f)
{
    sim_trouble *m = context;
    if (f->source != m->source || t < m->from - 1e-6 || t >= m->to - 1e-6)
        return true;
    if (!m->spoil)
        return false;
    m->t = t;
    m->spoil(m, f);
    return true;
}

sim_options sim_with_trouble(sim_trouble *m)
{
    sim_options o = sim_usual();
    o.change = meddle;
    o.context = m;
    return o;
}
