// expect: request_of
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string> a{};

#ifdef CONTROL
using request = loop::request_of<a>;
#else
using request = loop::request_of<7>;
#endif
static_assert(sizeof(request) != 0);
