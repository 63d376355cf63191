#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include <cstring>

#include "results.h"
#include "tensors.h"

// Starting, and moving numbers between JavaScript and tensors, the only place where the two wait for each other.

namespace whetstone {

at::ScalarType typeOf(const std::string& dtype) {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "int32") return at::kInt;
  if (dtype == "bool") return at::kBool;
  if (dtype == "complex64") return at::kComplexFloat;
  throw std::invalid_argument("dtype " + dtype + " is not supported");
}

namespace {

/// start(device: 'cpu' | 'cuda' | 'auto', threads: number | 0, tf32: boolean)
///   → { device: 'cpu' | 'cuda', version, threads }
napi_value start(Args& args) {
  const std::string wanted = args.string(0);
  const bool hasCuda = at::hasCUDA() && at::getNumGPUs() > 0;
  if (wanted == "cuda" && !hasCuda) throw std::runtime_error("this libtorch sees no CUDA device");
  setDevice(hasCuda && wanted != "cpu" ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU));
  if (args.integer(1) > 0) at::set_num_threads(static_cast<int>(args.integer(1)));
  const bool tf32 = args.boolean(2);
  at::globalContext().setAllowTF32CuBLAS(tf32);
  at::globalContext().setAllowTF32CuDNN(tf32);
  if (device().is_cuda()) {
    // A resumed run is to have the weights of one that was not: sums by atomics in any order are not wanted.
    at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
    at::globalContext().setDeterministicFillUninitializedMemory(false);
  }
  napi_value result = args.object();
  args.set(result, "device", args.fromString(device().is_cuda() ? "cuda" : "cpu"));
  args.set(result, "version", args.fromString(TORCH_VERSION));
  args.set(result, "threads", args.fromInteger(at::get_num_threads()));
  return result;
}

/// upload(values: Float32Array | Int32Array | Uint8Array, shape: number[], dtype) → slot
napi_value upload(Args& args) {
  const Args::Bytes bytes = args.typedArray(0);
  const auto shape = args.integers(1);
  const auto type = typeOf(args.string(2));
  // Pinned, so that the copy to the device need not be waited for.
  at::Tensor tensor = at::empty(shape, at::TensorOptions(type).pinned_memory(device().is_cuda()));
  const bool typeFits = type == at::kFloat ? bytes.type == napi_float32_array
                        : type == at::kInt ? bytes.type == napi_int32_array
                                           : bytes.type == napi_uint8_array;
  if (!typeFits || bytes.length != static_cast<size_t>(tensor.numel())) {
    throw std::invalid_argument(std::to_string(bytes.length) + " values do not fill shape " +
                                c10::str(at::IntArrayRef(shape)) + " of " + args.string(2));
  }
  if (bytes.length > 0) std::memcpy(tensor.data_ptr(), bytes.data, tensor.nbytes());
  if (device().is_cuda()) tensor = tensor.to(device(), /*non_blocking=*/true);
  return args.slot(std::move(tensor));
}

/// download(slot, into: Float32Array | Int32Array | Uint8Array): fills `into`.
napi_value download(Args& args) {
  const Args::Bytes into = args.typedArray(1);
  const at::Tensor& source = args.tensor(0);
  const int64_t elementSize = into.type == napi_uint8_array ? 1 : 4;
  if (into.length != static_cast<size_t>(source.numel()) || elementSize != source.element_size()) {
    throw std::invalid_argument("the tensor has " + std::to_string(source.numel()) + " values of " +
                                std::to_string(source.element_size()) + " bytes, the array " +
                                std::to_string(into.length) + " of " + std::to_string(elementSize));
  }
  const at::Tensor here = source.detach().to(at::kCPU).contiguous();
  if (into.length > 0) std::memcpy(into.data, here.const_data_ptr(), here.nbytes());
  return args.undefined();
}

/// synchronize(): waits for the device.
napi_value synchronize(Args& args) {
  if (device().is_cuda()) c10::impl::VirtualGuardImpl(at::kCUDA).synchronizeDevice(device().index());
  return args.undefined();
}

napi_value releaseSlot(Args& args) {
  release(static_cast<int32_t>(args.integer(0)));
  return args.undefined();
}

napi_value countSlots(Args& args) { return args.fromInteger(liveSlots()); }

/// liveBytes() → what the storages behind all slots hold, each counted once
napi_value countBytes(Args& args) { return args.fromInteger(liveBytes()); }

}  // namespace

void defineMemory(napi_env env, napi_value exports) {
  define(env, exports, "start", start);
  define(env, exports, "upload", upload);
  define(env, exports, "download", download);
  define(env, exports, "synchronize", synchronize);
  define(env, exports, "release", releaseSlot);
  define(env, exports, "liveSlots", countSlots);
  define(env, exports, "liveBytes", countBytes);
}

}  // namespace whetstone
