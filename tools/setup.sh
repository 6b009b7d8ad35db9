# tools/setup.sh: what ./demo and ./check share. Sourced by bash; installs what is missing on Debian, and builds.

# protoc-gen-nanopb and our scripts need the system's Python, which has protobuf: a pyenv or venv that comes
# first in PATH would hide it.
PATH=/usr/bin:/bin:$PATH
export PATH LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

# npm and nodejs, which posed report and some tests want, come on top where they are not there from elsewhere.
build_packages=(gcc libc6-dev meson ninja-build pkg-config libcglm-dev libnanopb-dev nanopb protobuf-compiler
    python3 python3-protobuf libzstd-dev liblz4-dev zlib1g-dev libyaml-dev libsodium-dev nettle-dev
    libjansson-dev libexpat1-dev libsqlite3-dev libzmq3-dev libgps-dev scdoc)
camera_packages=(libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libavdevice-dev libapriltag-dev)
check_packages=("${build_packages[@]}" "${camera_packages[@]}" g++ check valgrind clang libclang-rt-14-dev
    python3-zmq gpsd gpsd-clients can-utils iproute2 chromium)
# What ./check --system adds: a system of its own to boot, and a Slurm for the campaign's job arrays. Debian starts
# munge and Slurm's daemons where it installs them, which nobody wants who only came to run the tests.
system_packages=(dpkg-dev debhelper fakeroot lintian systemd-container debootstrap
    munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins)

say() { printf '\n== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

# as_root COMMAND...: with sudo unless we are root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root to install packages, and there is no sudo: run this as root: $*"
    fi
}

# install_packages PACKAGE...: says what is missing, then installs it. Does nothing if all is there.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "Not a Debian system: these Debian packages, or what they hold, must be there: $*"
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null || die "apt-get update failed"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" \
        </dev/null || die "apt-get could not install: ${missing[*]}"
}

# configure DIR [OPTION...]: a meson build directory, made or brought up to date. Its chatter shows on failure.
configure() {
    local dir=$1 log
    shift
    log=$(mktemp)
    if [ -f "$dir/build.ninja" ]; then
        meson configure "$dir" "$@" >"$log" 2>&1
    else
        rm -rf "$dir"
        meson setup "$dir" "$@" >"$log" 2>&1
    fi || { cat "$log" >&2; rm -f "$log"; die "meson could not set up $dir"; }
    rm -f "$log"
}

# build DIR [TARGET...]: compiles; says nothing but warnings and errors.
build() {
    ninja --quiet -C "$@" </dev/null || die "$1 does not build"
}
