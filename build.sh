#!/usr/bin/env bash
# The one way in on Linux and macOS: ./build.sh run | test | bench | fuzz | pack   (./build.sh help tells more)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
configuration=Release
torch_backend=cpu
torch_dir=${TORCH_DIR:-}

usage() {
  cat <<'TEXT'
usage: ./build.sh COMMAND [--torch DIR] [--cuda] [arguments of the command]

  run [ARGS]      train, evaluate, save and reload the text classification sample   (run --help lists ARGS)
  test [ARGS]     build and run every test; ends with "N passed, N failed"          (ARGS go to dotnet test, e.g. --filter Zip)
  check           the offline subset against its recorded facts only
  bench NAME      benchmarks: train, memory, score, tokenize, accuracy, compare,
                  kill ...                                                         (bench --help lists them, bench NAME --help their options)
  fuzz [ARGS]     damage real files and read them: --seconds N, --format safetensors|pickle|tokenizer|zip|config   (fuzz --help)
  pack            make the NuGet packages (needs a feed that has the real packages)

  --torch DIR     a libtorch of your own instead of the system's (used only where the feed has no TorchSharp)
  --cuda          the CUDA back end (TorchSharp-cuda-linux) instead of the CPU one
TEXT
}

die() { echo "build.sh: $*" >&2; exit 1; }

command=${1:-help}
[ $# -gt 0 ] && shift
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --torch) [ $# -ge 2 ] || die "--torch needs a folder"; torch_dir=$2; shift 2 ;;
    --cuda) torch_backend=cuda; shift ;;
    --) shift; arguments+=("$@"); break ;;
    *) arguments+=("$1"); shift ;;
  esac
done

command -v dotnet > /dev/null || die "the .NET SDK is missing: install .NET 10 (https://dot.net) and try again"

# Asks the feed for the packages. Only the answer "not found" switches to the subset; anything else wrong with the feed is an error.
choose_packages() {
  local log
  log=$(mktemp)
  if dotnet restore eng/FeedProbe/FeedProbe.csproj --verbosity quiet > "$log" 2>&1; then
    offline=false
  elif grep -qE 'NU110[12].*(Microsoft\.ML|TorchSharp)' "$log" && ! grep -qE 'NU1301|NU1300|NU1303' "$log"; then
    offline=true
    echo "The package feed has no $(grep -oE 'package (Microsoft\.ML[A-Za-z.]*|TorchSharp)' "$log" | sed 's/package //; s/\.$//' | sort -u | paste -sd, | sed 's/,/, /g') in the version that Directory.Packages.props names: building against the subset in eng/offline."
  else
    cat "$log" >&2
    rm -f "$log"
    die "the package feed could not be asked; nothing was built"
  fi
  rm -f "$log"
  build_properties=("-p:OfflineSubset=$offline" "-p:Torch=$torch_backend")
  if [ "$offline" = true ]; then
    install_native_tools
    [ -n "$torch_dir" ] && build_properties+=("-p:TorchDir=$torch_dir")
  fi
  return 0
}

# The subset of TorchSharp compiles a small library over the system's libtorch.
install_native_tools() {
  local missing=()
  command -v g++ > /dev/null || missing+=(g++)
  if [ -z "$torch_dir" ] && [ ! -e /usr/include/torch/csrc/api/include/torch/torch.h ]; then missing+=(libtorch-dev); fi
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get > /dev/null || die "please install ${missing[*]} (or name a libtorch with --torch DIR)"
    echo "Installing ${missing[*]} ..."
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
  fi
  if [ -z "$torch_dir" ]; then install_fast_blas "$sudo"; fi
}

# Debian's libtorch is content with the reference BLAS, whose float32 products are some thirty times slower than OpenBLAS's. The OpenMP
# build shares libtorch's own threads. Everything works without it, so a machine that cannot install it only gets a warning.
install_fast_blas() {
  command -v apt-get > /dev/null || return 0
  # Not grep -q: it ends at the first match, and ldconfig, still writing, then counts as failed.
  [ -n "$(ldconfig -p | grep -E 'libopenblas|libmkl_rt|libblis')" ] && return 0
  local install=(${1:+sudo -n} apt-get -o Acquire::http::Timeout=15 -o Acquire::Retries=1)
  echo "Installing libopenblas0-openmp ..."
  DEBIAN_FRONTEND=noninteractive "${install[@]}" install -y -qq --no-install-recommends libopenblas0-openmp > /dev/null 2>&1 && return 0
  { "${install[@]}" update -qq && DEBIAN_FRONTEND=noninteractive "${install[@]}" install -y -qq --no-install-recommends libopenblas0-openmp; } > /dev/null 2>&1 && return 0
  echo "warning: libopenblas0-openmp could not be installed; float32 will be slow with the reference BLAS" >&2
}

# The programs that build.sh starts own their process. Threads of OpenMP that wait a shorter time leave the cores to the library's own
# kernels between two matrix products: some 10 % of a training step on two cores.
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-20000}"

build_project() { dotnet build "$1" -c "$configuration" "${build_properties[@]}" --verbosity quiet -clp:NoSummary; }

run_project() {
  local project=$1
  shift
  build_project "$project"
  dotnet "$(dotnet msbuild "$project" -getProperty:TargetPath "-p:Configuration=$configuration" "${build_properties[@]}")" "$@"
}

# ML.NET's own text classifier beside ours in one program, where the feed has it.
run_compat() {
  [ "$offline" = false ] || return 0
  local project=test/Microsoft.ML.TorchSharp.Compat/Microsoft.ML.TorchSharp.Compat.csproj
  if dotnet restore "$project" "${build_properties[@]}" --verbosity quiet > /dev/null 2>&1; then
    run_project "$project" || { echo "build.sh: the program with both trainers failed" >&2; compat_failed=1; }
  else
    echo "The package feed has no Microsoft.ML.TorchSharp: the program with both trainers was left out."
  fi
}

# Runs the given test projects and ends with the sum of what ran.
run_tests() {
  local results passed=0 failed=0 broken=${compat_failed:-0} status=0 project started=$SECONDS
  results=$(mktemp -d)
  for project in "$@"; do
    echo "== $(basename "$project" .csproj)"
    status=0
    OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}" dotnet test "$project" -c "$configuration" "${build_properties[@]}" --results-directory "$results" \
      --logger "trx;LogFileName=$(basename "$project" .csproj).trx" --logger "console;verbosity=${TEST_VERBOSITY:-minimal}" \
      ${arguments[@]+"${arguments[@]}"} || status=$?
    local trx="$results/$(basename "$project" .csproj).trx" ok=0 bad=0
    if [ -f "$trx" ]; then
      ok=$(grep -oE '<Counters [^>]*' "$trx" | grep -oE ' passed="[0-9]+"' | tr -dc 0-9)
      bad=$(grep -oE '<Counters [^>]*' "$trx" | grep -oE ' (failed|error|timeout|aborted)="[0-9]+"' | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }')
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
      echo "build.sh: $(basename "$project") did not run to its end (exit code $status)" >&2
      broken=$((broken + 1))
    fi
  done
  rm -rf "$results"
  failed=$((failed + broken))
  echo "Took $((SECONDS - started)) s."
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

test_projects() {
  find test -name '*.Tests.csproj' | sort
  if [ "$offline" = true ]; then find eng/offline/tests -name '*.Tests.csproj' | sort; fi
}

case $command in
  run) choose_packages; run_project samples/TextClassification/TextClassification.csproj ${arguments[@]+"${arguments[@]}"} ;;
  test) choose_packages; run_compat; mapfile -t projects < <(test_projects); run_tests "${projects[@]}" ;;
  check)
    choose_packages
    [ "$offline" = true ] || die "the feed has the real packages: there is no subset to check"
    mapfile -t projects < <(find eng/offline/tests -name '*.Tests.csproj' | sort)
    TEST_VERBOSITY=detailed run_tests "${projects[@]}" ;;
  bench) choose_packages; run_project bench/Microsoft.ML.Lora.Benchmarks/Microsoft.ML.Lora.Benchmarks.csproj ${arguments[@]+"${arguments[@]}"} ;;
  fuzz) choose_packages; run_project bench/Microsoft.ML.Lora.Benchmarks/Microsoft.ML.Lora.Benchmarks.csproj fuzz ${arguments[@]+"${arguments[@]}"} ;;
  pack)
    choose_packages
    [ "$offline" = false ] || die "packages are made only against the real Microsoft.ML and TorchSharp; this feed does not have them"
    dotnet pack Lora.MLNet.sln -c "$configuration" "${build_properties[@]}" -o artifacts/packages ;;
  help | -h | --help) usage ;;
  *) usage >&2; die "unknown command '$command'" ;;
esac
