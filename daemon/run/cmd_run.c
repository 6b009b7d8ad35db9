/* posed run: the live program. */
#include "daemon/command.h"
#include "daemon/run/run_loop.h"

static const char help[] =
    "Takes frames from adapters, fuses them, and publishes where the vehicle is, until it is told to stop:\n"
    "posed/v1/pose (as of now, with the time after which it must not be used), posed/v1/track (final\n"
    "estimates, filter.window_s later), posed/v1/status, /verdict, /fault, and every frame that it took.\n"
    "\n"
    "Options:\n"
    "  -c, --config CONFIG   settings (YAML): sources, map, bus, peers, adapters, service\n"
    "      --as-drive DRIVE  sources and settings that a recorded drive brings, under those of CONFIG\n"
    "      --drive-time      time is that of the frames, not of the clock: for `posed adapter replay` with\n"
    "                        `--stamps original`, at any speed\n"
    "      --frames ENDPOINT listen for adapters here instead (default ipc:///run/posed/frames)\n"
    "      --poses ENDPOINT  publish here instead (default ipc:///run/posed/poses); both may be given often\n"
    "      --map MAP.pmap    hold what cameras see against this map, instead of that of CONFIG\n"
    "      --state FILE      keep the state for a warm start here\n"
    "  -h, --help            this text\n"
    "\n"
    "SIGHUP loads configuration and map anew and keeps the state; SIGTERM and SIGINT save the state and "
    "stop.\n"
    "Under systemd it says when it is ready and feeds the watchdog while frames are processed.\n"
    "\n"
    "Example, a recorded drive as if it were driven now:\n"
    "  posed run --as-drive drive.mcap --frames ipc:///tmp/frames --poses ipc:///tmp/poses &\n"
    "  posed adapter replay --path drive.mcap --endpoint ipc:///tmp/frames &\n"
    "  posed watch --endpoint ipc:///tmp/poses\n";

static int run(int argc, char **argv)
{
    error e = {""};
    run_options o;
    int code = EXIT_USAGE;
    if (run_options_parse(argc, argv, &o, &e))
        code = run_loop(&o, &e) ? EXIT_OK : EXIT_BAD;
    return code == EXIT_OK ? EXIT_OK : command_fail("run", code, "%s", e.text);
}

const command command_run = {
    .name = "run",
    .arguments = "[options]",
    .summary = "fuse what adapters publish, and publish poses",
    .help = help,
    .run = run,
};
