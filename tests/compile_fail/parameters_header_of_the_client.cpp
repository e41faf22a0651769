// expect: intheloop: this header name is not a token, or the client sets it by itself
// expect: "Authorization"
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<verb::get, "/things",
                                parameters<header_parameter<"X-Name", std::string>>, std::string>
    things{};
#else
inline constexpr loop::endpoint<
    verb::get, "/things", parameters<header_parameter<"Authorization", std::string>>, std::string>
    things{};
#endif
