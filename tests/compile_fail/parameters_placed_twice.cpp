// expect: intheloop: this member of the request has more than one place
// expect: "name"
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
using request = parameters<query_parameter<"name", std::string>>;
inline constexpr loop::endpoint<verb::get, "/things", request, std::string> things{};
#else
using request = parameters<query_parameter<"name", std::string>>;
inline constexpr loop::endpoint<verb::get, "/things", request, std::string,
                                loop::header<"X-Name", request::member<"name">>>
    things{};
#endif
