// expect: async_call
// expect: get_request
// expect-error-first
#include <intheloop.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
auto start(loop::client& client, loop::report::export_request const& request) {
    return client.async_call(loop::report::export_report, request);
}
#else
auto start(loop::client& client, loop::report::get_request const& request) {
    return client.async_call(loop::report::export_report, request);
}
#endif
