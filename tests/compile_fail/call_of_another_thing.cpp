// expect: async_call
// expect-error-first
#include <intheloop.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
auto start(loop::client& client, loop::report::get_request const& request) {
    return client.async_call(loop::report::get_report, request);
}
#else
auto start(loop::client& client, loop::report::get_request const& request) {
    return client.async_call("/api/v1/report/exports/{id}", request);
}
#endif
