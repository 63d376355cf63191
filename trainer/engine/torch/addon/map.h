#pragma once
#include <node_api.h>

namespace whetstone {

void defineMap(napi_env env, napi_value exports);

}  // namespace whetstone
