// expect: intheloop: a catalog lists two endpoints with the same operation<>
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

template <loop::fixed_string Route, loop::fixed_string Name>
inline constexpr loop::endpoint<loop::verb::get, Route, loop::no_parameters, std::string,
                                loop::operation<Name>>
    things{};

inline constexpr loop::catalog<things<"/a", "things.a">> mine{};
#ifdef CONTROL
inline constexpr loop::catalog<things<"/b", "things.b">> yours{};
#else
inline constexpr loop::catalog<things<"/b", "things.a">> yours{};
#endif

inline constexpr auto all = mine + yours;
static_assert(all.size() == 2);
