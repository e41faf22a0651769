// expect: intheloop: idempotency_key<> makes an endpoint repeatable by itself
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class order {
public:
    order() {}
    std::string what;
    std::string key;
    using members = loop::members<&order::what, &order::key>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/orders", order, std::string,
                                loop::idempotency_key<"Idempotency-Key">>
    buy{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/orders", order, std::string,
                                loop::idempotency_key<"Idempotency-Key">, loop::idempotent>
    buy{};
#endif
