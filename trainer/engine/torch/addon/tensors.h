#pragma once
#include <ATen/ATen.h>
#include <node_api.h>

#include <cstdint>
#include <string>
#include <vector>

namespace whetstone {

/// Tensors are handed to JavaScript as slots, small integers. A slot is taken by `put` and given back by `release`.
int32_t put(at::Tensor tensor);
const at::Tensor& tensorAt(int32_t slot);
void release(int32_t slot);
void replace(int32_t slot, at::Tensor tensor);
/// The number of slots in use.
int64_t liveSlots();
/// The bytes of the storages behind them, each counted once.
int64_t liveBytes();

/// Where new tensors live; set once by `start`.
at::Device device();
void setDevice(at::Device device);

/// The arguments of a call from JavaScript. Each getter throws when the argument is not of that kind.
class Args {
 public:
  Args(napi_env env, napi_callback_info info);
  napi_env env() const { return env_; }
  size_t count() const { return count_; }
  napi_value raw(size_t i) const;
  bool missing(size_t i) const;  // undefined, null or not given

  const at::Tensor& tensor(size_t i) const;  // a slot
  int64_t integer(size_t i) const;
  double number(size_t i) const;
  bool boolean(size_t i) const;
  std::string string(size_t i) const;
  std::vector<int64_t> integers(size_t i) const;     // an array of numbers or an Int32Array
  std::vector<at::Tensor> tensors(size_t i) const;   // an array of slots
  std::vector<std::string> strings(size_t i) const;  // an array of strings

  /// The elements of a typed array, which stay JavaScript's.
  struct Bytes {
    void* data;
    size_t length;  // elements
    napi_typedarray_type type;
  };
  Bytes typedArray(size_t i) const;

  // Results
  napi_value slot(at::Tensor tensor) const { return fromInteger(put(std::move(tensor))); }
  napi_value fromInteger(int64_t value) const;
  napi_value fromNumber(double value) const;
  napi_value fromString(const std::string& value) const;
  napi_value slots(std::vector<at::Tensor> tensors) const;  // an array of slots
  napi_value undefined() const;
  napi_value object() const;
  void set(napi_value object, const char* key, napi_value value) const;
  /// The named property of an object, or nullptr when it is undefined.
  napi_value get(napi_value object, const char* key) const;

 private:
  static constexpr size_t kMost = 24;
  napi_env env_;
  size_t count_ = kMost;
  napi_value values_[kMost];
};

using Function = napi_value (*)(Args& args);

/// Makes `function` callable from JavaScript as `exports[name]`. What it throws becomes a JavaScript Error with the
/// first line of the message and the code LIBTORCH.
void define(napi_env env, napi_value exports, const char* name, Function function);

// One for each source file.
void defineMemory(napi_env env, napi_value exports);
void defineElementwise(napi_env env, napi_value exports);
void defineReductions(napi_env env, napi_value exports);
void defineShapes(napi_env env, napi_value exports);
void defineIndexing(napi_env env, napi_value exports);
void defineProducts(napi_env env, napi_value exports);
void defineConvolutions(napi_env env, napi_value exports);
void defineComplex(napi_env env, napi_value exports);
void defineTransformer(napi_env env, napi_value exports);
void defineLogProbs(napi_env env, napi_value exports);
void defineAdam(napi_env env, napi_value exports);
void defineDecode(napi_env env, napi_value exports);

}  // namespace whetstone
