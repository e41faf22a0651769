// expect: intheloop: std::vector<bool> holds no bool; use std::vector<std::optional<bool>>
// expect: &sensor::alarms
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace loop = intheloop;

class get_sensor {
public:
    explicit get_sensor(std::string of_sensor) : id(std::move(of_sensor)) {}
    std::string id;
    using members = loop::members<&get_sensor::id>;
};

struct sensor {
#ifdef CONTROL
    std::vector<std::optional<bool>> alarms;
#else
    std::vector<bool> alarms;
#endif
    using members = loop::members<&sensor::alarms>;
};

// It is enough to declare it.
inline constexpr loop::endpoint<loop::verb::get, "/sensors/{id}", get_sensor, sensor> sensor_of{};
