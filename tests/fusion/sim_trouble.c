#include "tests/fusion/sim_trouble.h"

#include <check.h>

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

void sim_inside(const sim_watch *w, double from, double to)
{
    sim_score s = sim_judge(w, from, to);
    ck_assert_msg(s.worst_d < 3.72 && s.worst_heading_d < 4.0 && s.worst_up_d < 4.0,
                  "errors in sigmas: %.2f, up %.2f, heading %.2f", s.worst_d, s.worst_up_d,
                  s.worst_heading_d);
}

void sim_usable_inside(const sim_watch *w, double from, double to)
{
    sim_score s = sim_judge(w, from, to);
    sim_inside(w, from, to);
    ck_assert_int_eq(s.usable, s.poses);
}
