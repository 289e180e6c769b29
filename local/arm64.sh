#!/bin/sh
# The bundle of profile `aws` on an emulated Graviton2: what is deployed to arm64 runs, and finds what
# it finds here. Needs Debian or Ubuntu with apt, and no rights: all goes below build/arm64.
set -eu
folder=$PWD/build/arm64
python=$(.venv/bin/python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
rm -rf "$folder/apt" "$folder/debs" "$folder/bundle"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$folder/debs"
: >"$folder/apt/status"

# A package list of its own, so that this machine's apt learns nothing of another architecture.
apt() {
	apt-get -qq -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" \
		-o Dir::Cache="$folder/apt" -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
		-o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update
if [ ! -x "$folder/qemu/usr/bin/qemu-aarch64-static" ]; then
	(cd "$folder/debs" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download qemu-user-static)
	dpkg -x "$folder"/debs/qemu-user-static_*.deb "$folder/qemu"
fi
(cd "$folder/debs" && apt download "$python-minimal" "lib$python-minimal" "lib$python-stdlib" libc6 \
	libgcc-s1 libstdc++6 zlib1g libexpat1 libssl3 libcrypt1 libffi8 libbz2-1.0 liblzma5 libuuid1)
for package in "$folder"/debs/*_arm64.deb; do
	dpkg -x "$package" "$folder/root"
done

.venv/bin/python -m local.arm64 build "$folder/bundle"
.venv/bin/python -m local.arm64 look "$folder/bundle" --here >"$folder/here.json"
"$folder/qemu/usr/bin/qemu-aarch64-static" -cpu neoverse-n1 -L "$folder/root" \
	"$folder/root/usr/bin/$python" local/arm64.py look "$folder/bundle" >"$folder/arm64.json"
diff "$folder/here.json" "$folder/arm64.json"
echo "arm64 finds what this machine finds: $(wc -c <"$folder/arm64.json") bytes are the same"
