#!/usr/bin/env bash
# Builds libTorchSharpShim.so for the libtorch in DIR (the system's when DIR is empty) and leaves it in OUT.
#   build.sh OUT [DIR]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
out="$1"
torch="${2:-}"
command -v g++ >/dev/null || { echo "error: g++ is needed to build the libtorch shim" >&2; exit 1; }

flags=(-std=c++17 -O2 -g0 -fPIC -fvisibility=hidden -Wall -Wextra -Werror)
libraries=(-ltorch_cpu -lc10)
if [ -n "$torch" ]; then
    [ -d "$torch/include" ] || { echo "error: $torch has no include folder, so it is no libtorch" >&2; exit 1; }
    flags+=(-isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include")
    libraries=(-L"$torch/lib" "-Wl,-rpath,$torch/lib" -Wl,--no-as-needed "${libraries[@]}")
    [ -e "$torch/lib/libtorch_cuda.so" ] && libraries+=(-ltorch_cuda)
    # Builds of libtorch with the old string layout need the same here.
    # (Not grep -q: it would end nm early, which pipefail takes for a failure.)
    if ! nm -DC --defined-only "$torch/lib/libc10.so" | grep '\[abi:cxx11\]\|std::__cxx11' > /dev/null; then
        flags+=(-D_GLIBCXX_USE_CXX11_ABI=0)
    fi
elif [ ! -e /usr/include/torch/version.h ] && [ ! -e /usr/include/torch/csrc/api/include/torch/version.h ]; then
    echo "error: libtorch is missing; install it (Debian: apt-get install libtorch-dev) or pass -p:TorchDir=DIR" >&2
    exit 1
else
    flags+=(-isystem /usr/include/torch/csrc/api/include)
fi

mkdir -p "$out"
objects=()
pids=()
for source in "$here"/*.cpp; do
    object="$out/$(basename "${source%.cpp}").o"
    objects+=("$object")
    g++ "${flags[@]}" -c "$source" -o "$object" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
g++ -shared -o "$out/libTorchSharpShim.so.new" "${objects[@]}" "${libraries[@]}" -Wl,-z,defs
mv "$out/libTorchSharpShim.so.new" "$out/libTorchSharpShim.so"
rm -f "${objects[@]}"
