/*
 * subscribe [ENDPOINT]: prints where the vehicle is, for as long as it is allowed to.
 *
 *     cc subscribe.c $(pkg-config --cflags --libs posed-client) -lm -o subscribe
 */
#include <posed/client.h>

#include <stdio.h>

static void print_pose(const posed_pose *p)
{
    posed_ellipse e = posed_pose_ellipse95(p);
    printf("%s %.7f %.7f deg, heading %.3f rad, %.2f m/s, 95 %% %.2f x %.2f m", posed_mode_name(p->mode),
           p->latitude_deg, p->longitude_deg, (double)p->heading_rad, (double)posed_pose_speed_mps(p),
           (double)e.major_m, (double)e.minor_m);
    if (p->lane_id != 0) /* posed runs on a map */
        printf(", lane %lld with %.0f %%", (long long)p->lane_id, 100 * (double)p->lane_probability);
    printf("\n");
}

int main(int argc, char **argv)
{
    char problem[POSED_PROBLEM_SIZE];
    posed_client *client = posed_connect(argc > 1 ? argv[1] : NULL, NULL, problem);
    if (!client) {
        fprintf(stderr, "subscribe: %s\n", problem);
        return 1;
    }
    for (;;) {
        const posed_event *event;
        if (posed_next(client, 1.0, &event) < 0) {
            fprintf(stderr, "subscribe: %s\n", posed_problem(client));
            break;
        }
        if (!event)
            printf("silence\n");
        else if (event->kind == POSED_KIND_POSE && posed_pose_usable(event->pose, posed_now_ns(client)))
            print_pose(event->pose);
        else if (event->kind == POSED_KIND_POSE)
            printf("%s: do not use\n", posed_mode_name(event->pose->mode));
        else if (event->kind == POSED_KIND_FAULT)
            printf("%s %s %s\n", event->fault->source, posed_fault_name(event->fault->code),
                   event->fault->raised ? "raised" : "cleared");
        fflush(stdout);
    }
    posed_close(client);
    return 1;
}
