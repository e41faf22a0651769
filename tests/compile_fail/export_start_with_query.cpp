// expect: intheloop: an endpoint that starts an export puts all members of its request
// expect-error-first
#include <intheloop.hpp>

namespace loop = intheloop;
using loop::report::export_request;

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/v2/exports", export_request,
                                loop::report::export_result>
    start_export{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/v2/exports", export_request,
                                loop::report::export_result, loop::query<&export_request::start>>
    start_export{};
#endif

auto start(loop::client& client, export_request const& week) {
    return loop::async_start_export(client, start_export, week, loop::start_options());
}
