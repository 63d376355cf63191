#include "map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "tensors.h"

// Files of weights as memory: what is read of them are the pages of the system's cache, with no copy of their own.

namespace whetstone {

namespace {

struct Mapping {
  void* data;
  size_t bytes;
};

void unmap(napi_env, void*, void* hint) {
  auto* mapping = static_cast<Mapping*>(hint);
  munmap(mapping->data, mapping->bytes);
  delete mapping;
}

std::runtime_error failure(const std::string& path) { return std::runtime_error(path + ": " + std::strerror(errno)); }

/// mapFile(path) → ArrayBuffer of the whole file, unmapped when JavaScript has let go of it; undefined where the file system maps none
/// (ENODEV) or the address space or a limit is spent (ENOMEM). A file that is cut short meanwhile ends the
/// process; one that is replaced (as io/atomic.ts does it) does not matter.
napi_value mapFile(Args& args) {
  const std::string path = args.string(0);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw failure(path);
  struct stat status;
  void* data = MAP_FAILED;
  // Writable, since JavaScript may write into any ArrayBuffer; private, so that the file never changes. As nothing writes, no memory is
  // set aside for copies of its pages.
  if (fstat(file, &status) == 0) {
    data = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
  }
  const int reason = errno;
  close(file);
  napi_value buffer;
  if (data == MAP_FAILED && (reason == ENODEV || reason == ENOMEM)) {
    if (napi_get_undefined(args.env(), &buffer) != napi_ok) throw std::runtime_error(path + ": no value for undefined");
    return buffer;
  }
  errno = reason;
  if (data == MAP_FAILED) throw failure(path);
  auto* mapping = new Mapping{data, static_cast<size_t>(status.st_size)};
  madvise(data, mapping->bytes, MADV_SEQUENTIAL);
  if (napi_create_external_arraybuffer(args.env(), data, mapping->bytes, unmap, mapping, &buffer) != napi_ok) {
    unmap(args.env(), data, mapping);
    throw std::runtime_error(path + ": this Node.js takes no memory from outside");
  }
  return buffer;
}

}  // namespace

void defineMap(napi_env env, napi_value exports) { define(env, exports, "mapFile", mapFile); }

}  // namespace whetstone
