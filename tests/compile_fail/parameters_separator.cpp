// expect: intheloop: a list in a query is joined with a comma, a space or a bar
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <vector>

namespace loop = intheloop;
using loop::header_parameter, loop::body_parameter, loop::fields, loop::json_field;
using loop::verb, loop::parameters, loop::path_parameter, loop::query_parameter;

#ifdef CONTROL
inline constexpr loop::endpoint<
    verb::get, "/things", parameters<query_parameter<"ids", std::vector<int>, '|'>>, std::string>
    things{};
#else
inline constexpr loop::endpoint<
    verb::get, "/things", parameters<query_parameter<"ids", std::vector<int>, ';'>>, std::string>
    things{};
#endif
