// expect: intheloop: a catalog lists endpoints
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string,
                                loop::operation<"a">>
    a{};

#ifdef CONTROL
inline constexpr loop::catalog<a> all{};
static_assert(all.size() == 1);
#else
inline constexpr loop::catalog<a, 7> all{};
static_assert(all.size() == 2);
#endif
