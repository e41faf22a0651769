// expect: intheloop: the name of an operation is made of identifiers with dots between them
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

inline constexpr loop::endpoint<loop::verb::get, "/a", loop::no_parameters, std::string,
#ifdef CONTROL
                                loop::operation<"things.a">
#else
                                loop::operation<"things a">
#endif
                                >
    a{};
