#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/Context.h>
#include <c10/util/Exception.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <unordered_set>

#include "map.h"
#include "tensors.h"

namespace whetstone {

namespace {

// Slots are reused last in, first out, so that the table stays small.
std::vector<at::Tensor> slots;
std::vector<int32_t> freeSlots;
at::Device currentDevice{at::kCPU};

void check(napi_status status, const char* expected, size_t i) {
  if (status != napi_ok) throw std::invalid_argument("argument " + std::to_string(i) + " is not " + expected);
}

// libtorch's messages carry the list of all its backends and a stack trace behind the first line.
std::string firstLine(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

napi_value call(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  try {
    Args args(env, info);
    return reinterpret_cast<Function>(data)(args);
  } catch (const c10::Error& error) {
    napi_throw_error(env, "LIBTORCH", firstLine(error.what_without_backtrace()).c_str());
  } catch (const std::exception& error) {
    napi_throw_error(env, "LIBTORCH", firstLine(error.what()).c_str());
  }
  return nullptr;
}

}  // namespace

int32_t put(at::Tensor tensor) {
  if (freeSlots.empty()) {
    slots.push_back(std::move(tensor));
    return static_cast<int32_t>(slots.size() - 1);
  }
  const int32_t slot = freeSlots.back();
  freeSlots.pop_back();
  slots[slot] = std::move(tensor);
  return slot;
}

const at::Tensor& tensorAt(int32_t slot) {
  if (slot < 0 || slot >= static_cast<int32_t>(slots.size()) || !slots[slot].defined()) {
    throw std::invalid_argument("no tensor in slot " + std::to_string(slot) + "; it was disposed of");
  }
  return slots[slot];
}

void release(int32_t slot) {
  tensorAt(slot);
  slots[slot].reset();
  freeSlots.push_back(slot);
}

void replace(int32_t slot, at::Tensor tensor) {
  tensorAt(slot);
  slots[slot] = std::move(tensor);
}

int64_t liveSlots() { return static_cast<int64_t>(slots.size() - freeSlots.size()); }

int64_t liveBytes() {
  std::unordered_set<const void*> seen;
  int64_t bytes = 0;
  for (const at::Tensor& tensor : slots) {
    if (!tensor.defined() || !tensor.has_storage()) continue;
    const auto& storage = tensor.storage();
    if (seen.insert(storage.unsafeGetStorageImpl()).second) bytes += static_cast<int64_t>(storage.nbytes());
  }
  return bytes;
}

at::Device device() { return currentDevice; }
void setDevice(at::Device device) { currentDevice = device; }

Args::Args(napi_env env, napi_callback_info info) : env_(env) {
  napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr);
  count_ = std::min(count_, kMost);
}

napi_value Args::raw(size_t i) const {
  if (i >= count_) throw std::invalid_argument("argument " + std::to_string(i) + " is missing");
  return values_[i];
}

bool Args::missing(size_t i) const {
  if (i >= count_) return true;
  napi_valuetype type;
  napi_typeof(env_, values_[i], &type);
  return type == napi_undefined || type == napi_null;
}

const at::Tensor& Args::tensor(size_t i) const {
  int32_t slot;
  check(napi_get_value_int32(env_, raw(i), &slot), "a slot", i);
  return tensorAt(slot);
}

int64_t Args::integer(size_t i) const {
  int64_t value;
  check(napi_get_value_int64(env_, raw(i), &value), "a number", i);
  return value;
}

double Args::number(size_t i) const {
  double value;
  check(napi_get_value_double(env_, raw(i), &value), "a number", i);
  return value;
}

bool Args::boolean(size_t i) const {
  bool value;
  check(napi_get_value_bool(env_, raw(i), &value), "a boolean", i);
  return value;
}

static std::string stringOf(napi_env env, napi_value value, size_t i) {
  size_t length;
  check(napi_get_value_string_utf8(env, value, nullptr, 0, &length), "a string", i);
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

std::string Args::string(size_t i) const { return stringOf(env_, raw(i), i); }

std::vector<int64_t> Args::integers(size_t i) const {
  bool isTyped = false;
  napi_is_typedarray(env_, raw(i), &isTyped);
  if (isTyped) {
    const Bytes bytes = typedArray(i);
    if (bytes.type != napi_int32_array) {
      throw std::invalid_argument("argument " + std::to_string(i) + " is not an Int32Array");
    }
    const auto* data = static_cast<const int32_t*>(bytes.data);
    return {data, data + bytes.length};
  }
  uint32_t length;
  check(napi_get_array_length(env_, raw(i), &length), "an array of numbers", i);
  std::vector<int64_t> numbers(length);
  for (uint32_t j = 0; j < length; j++) {
    napi_value element;
    napi_get_element(env_, raw(i), j, &element);
    check(napi_get_value_int64(env_, element, &numbers[j]), "an array of numbers", i);
  }
  return numbers;
}

std::vector<at::Tensor> Args::tensors(size_t i) const {
  std::vector<at::Tensor> result;
  for (const int64_t slot : integers(i)) result.push_back(tensorAt(static_cast<int32_t>(slot)));
  return result;
}

std::vector<std::string> Args::strings(size_t i) const {
  uint32_t length;
  check(napi_get_array_length(env_, raw(i), &length), "an array of strings", i);
  std::vector<std::string> texts(length);
  for (uint32_t j = 0; j < length; j++) {
    napi_value element;
    napi_get_element(env_, raw(i), j, &element);
    texts[j] = stringOf(env_, element, i);
  }
  return texts;
}

Args::Bytes Args::typedArray(size_t i) const {
  Bytes bytes;
  check(napi_get_typedarray_info(env_, raw(i), &bytes.type, &bytes.length, &bytes.data, nullptr, nullptr),
        "a typed array", i);
  return bytes;
}

napi_value Args::fromInteger(int64_t value) const {
  napi_value result;
  napi_create_int64(env_, value, &result);
  return result;
}

napi_value Args::fromNumber(double value) const {
  napi_value result;
  napi_create_double(env_, value, &result);
  return result;
}

napi_value Args::fromString(const std::string& value) const {
  napi_value result;
  napi_create_string_utf8(env_, value.c_str(), value.size(), &result);
  return result;
}

napi_value Args::slots(std::vector<at::Tensor> tensors) const {
  napi_value result;
  napi_create_array_with_length(env_, tensors.size(), &result);
  for (size_t i = 0; i < tensors.size(); i++) {
    napi_set_element(env_, result, static_cast<uint32_t>(i), slot(std::move(tensors[i])));
  }
  return result;
}

napi_value Args::undefined() const {
  napi_value result;
  napi_get_undefined(env_, &result);
  return result;
}

napi_value Args::object() const {
  napi_value result;
  napi_create_object(env_, &result);
  return result;
}

void Args::set(napi_value object, const char* key, napi_value value) const {
  napi_set_named_property(env_, object, key, value);
}

napi_value Args::get(napi_value object, const char* key) const {
  napi_value result;
  napi_valuetype type;
  if (napi_get_named_property(env_, object, key, &result) != napi_ok) return nullptr;
  napi_typeof(env_, result, &type);
  return type == napi_undefined || type == napi_null ? nullptr : result;
}

void define(napi_env env, napi_value exports, const char* name, Function function) {
  napi_value callable;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, reinterpret_cast<void*>(function), &callable);
  napi_set_named_property(env, exports, name, callable);
}

}  // namespace whetstone

NAPI_MODULE_INIT() {
#ifdef __GLIBC__
  // Tensors of some MB come and go with each step: kept by the allocator, their pages are not fetched and cleared anew each time.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
  // TensorFlow.js keeps the tape; only the fused kernels turn libtorch's on, for themselves.
  at::GradMode::set_enabled(false);
  whetstone::defineMemory(env, exports);
  whetstone::defineMap(env, exports);
  whetstone::defineElementwise(env, exports);
  whetstone::defineReductions(env, exports);
  whetstone::defineShapes(env, exports);
  whetstone::defineIndexing(env, exports);
  whetstone::defineProducts(env, exports);
  whetstone::defineConvolutions(env, exports);
  whetstone::defineComplex(env, exports);
  whetstone::defineTransformer(env, exports);
  whetstone::defineLogProbs(env, exports);
  whetstone::defineAdam(env, exports);
  whetstone::defineDecode(env, exports);
  return exports;
}
