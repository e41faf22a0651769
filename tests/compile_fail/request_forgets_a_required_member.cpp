// expect: export_request
// expect-error-first
#include <intheloop/api/report.hpp>

#include <chrono>

namespace loop = intheloop;

#ifdef CONTROL
auto week(std::chrono::sys_seconds start, std::chrono::sys_seconds end) {
    return loop::report::export_request(start, end);
}
#else
auto week(std::chrono::sys_seconds start, std::chrono::sys_seconds) {
    return loop::report::export_request(start);
}
#endif
