// expect: intheloop: an endpoint has one name, and here operation<> stands twice
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

inline constexpr loop::endpoint<loop::verb::get, "/a", loop::no_parameters, std::string,
#ifndef CONTROL
                                loop::operation<"things.b">,
#endif
                                loop::operation<"things.a">>
    a{};
