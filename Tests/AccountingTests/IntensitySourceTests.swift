import Accounting
import Domain
import Testing

@Suite struct IntensitySourceTests {
    private let maps = ElectricityMaps(token: Secret("t0ken"))
    private let britain = UKCarbonIntensity()
    private let watt = WattTime(token: Secret("t0ken"))
    /// 2026-11-21T18:05:30Z.
    private let now: Int64 = 1_795_284_330

    @Test func asksElectricityMaps() throws {
        let request = try maps.request(.latest, zone: "US-CAL-CISO", at: now)
        #expect(request.path == "/v3/carbon-intensity/latest?zone=US-CAL-CISO")
        #expect(request.headers == [.init(name: "auth-token", value: "t0ken")])
        let newer = try ElectricityMaps(token: Secret(""), version: 4).request(.forecast, zone: "DE", at: now)
        #expect(newer.path == "/v4/carbon-intensity/forecast?zone=DE")
    }

    @Test func readsTheLatestOfElectricityMaps() throws {
        let readings = try maps.readings(in: Answers.latest)
        #expect(readings == [reading(1_679_331_600, 83, .estimated)])
    }

    @Test func readsHistoryAndForecastOfElectricityMaps() throws {
        #expect(
            try maps.readings(in: Answers.history)
                == [reading(1_679_328_000, 80.5, .measured), reading(1_679_331_600, 83, .estimated)]
        )
        #expect(
            try maps.readings(in: Answers.forecast)
                == [reading(1_679_335_200, 90, .forecast), reading(1_679_338_800, 95, .forecast)]
        )
    }

    @Test func asksTheUnitedKingdom() throws {
        #expect(try britain.request(.latest, zone: "GB", at: now).path == "/intensity")
        #expect(try britain.request(.forecast, zone: "GB", at: now).path == "/intensity/2026-11-21T18:05Z/fw48h")
        let region = try britain.request(.history, zone: "GB-13", at: now)
        #expect(region.path == "/regional/intensity/2026-11-21T18:05Z/pt24h/regionid/13")
        for zone in ["DE", "GB-0", "GB-18", "GB-x", ""] {
            #expect(throws: IntensityError.zoneInvalid) { try britain.request(.latest, zone: zone, at: now) }
        }
    }

    @Test func readsTheUnitedKingdom() throws {
        #expect(
            try britain.readings(in: Answers.britain)
                == [reading(1_516_449_600, 263, .measured, 1800), reading(1_516_451_400, 259, .forecast, 1800)]
        )
        #expect(try britain.readings(in: Answers.region) == [reading(1_516_449_600, 41, .forecast, 1800)])
    }

    @Test func asksWattTime() throws {
        let request = try watt.request(.latest, zone: "CAISO_NORTH", at: now)
        #expect(
            request.path == "/v3/historical?region=CAISO_NORTH&signal_type=co2_moer"
                + "&start=2026-11-21T17:05:30Z&end=2026-11-21T18:05:30Z"
        )
        #expect(request.headers == [.init(name: "authorization", value: "Bearer t0ken")])
        // RFC 7617's own example.
        let login = WattTime.login(user: "Aladdin", password: Secret("open sesame"))
        #expect(login.headers == [.init(name: "authorization", value: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")])
        #expect(try WattTime.token(in: Array(#"{"token":"abc"}"#.utf8)).reveal() == "abc")
    }

    /// 1,000 pounds a megawatt-hour are 453.59237 grams a kilowatt-hour.
    @Test func turnsPoundsIntoGrams() throws {
        let readings = try watt.readings(in: Answers.wattTime)
        #expect(readings.map(\.start) == [1_795_284_300, 1_795_284_600])
        #expect(readings.map(\.seconds) == [300, 300])
        #expect(abs(readings[0].gramsPerKilowattHour - 453.59237) < 1e-9)
        #expect(readings.map(\.kind) == [.forecast, .forecast])
        let percents = String(decoding: Answers.wattTime, as: UTF8.self).replacing(
            "lbs_co2_per_mwh",
            with: "percentile"
        )
        #expect(throws: IntensityError.unitUnknown("percentile")) { try watt.readings(in: Array(percents.utf8)) }
    }

    @Test(arguments: ["", "DE&x=1", "DE/../..", "D E", "ＤＥ", String(repeating: "A", count: 65)])
    func putsNoStrangeZoneIntoAPath(zone: String) {
        for source in [maps, watt] as [any IntensitySource] {
            #expect(throws: IntensityError.zoneInvalid) { try source.request(.latest, zone: zone, at: now) }
        }
    }

    /// An error is an error, an empty answer is no answer, and no value is no zero.
    @Test func refusesWhatIsNoAnswer() throws {
        let refusal = Array(#"{"error":"Zone 'XX' does not exist."}"#.utf8)
        #expect(throws: IntensityError.refused("Zone 'XX' does not exist.")) { try maps.readings(in: refusal) }
        for source in [maps, britain, watt] as [any IntensitySource] {
            for text in [
                "", "null", "[]", "{}", #"{"data":null}"#, #"{"data":[{}],"meta":{"units":"lbs_co2_per_mwh"}}"#,
            ] {
                #expect(throws: IntensityError.self) { try source.readings(in: Array(text.utf8)) }
            }
        }
        let without = #"{"zone":"DE","carbonIntensity":null,"datetime":"2023-03-20T17:00:00Z"}"#
        #expect(throws: IntensityError.missing("carbonIntensity")) { try maps.readings(in: Array(without.utf8)) }
        let gap = #"{"data":[{"carbonIntensity":null,"datetime":"2023-03-20T17:00:00Z"}]}"#
        #expect(try maps.readings(in: Array(gap.utf8)).isEmpty)
    }

    /// Whatever becomes of an answer on its way, it gives readings or an error of this layer.
    @Test(arguments: 0..<300)
    func neverTraps(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for (source, answer) in [
            (maps, Answers.latest), (maps, Answers.history), (maps, Answers.forecast), (britain, Answers.britain),
            (britain, Answers.region), (watt, Answers.wattTime),
        ] as [(any IntensitySource, [UInt8])] {
            let body = mutated(answer, using: &generator)
            do throws(IntensityError) {
                for reading in try source.readings(in: body) {
                    #expect((0...5000).contains(reading.gramsPerKilowattHour))
                }
            } catch { continue }
        }
    }

    private func reading(
        _ start: Int64,
        _ grams: Double,
        _ kind: IntensityReading.Kind,
        _ seconds: Int64? = nil
    ) -> IntensityReading? {
        IntensityReading(start: start, seconds: seconds, gramsPerKilowattHour: grams, kind: kind)
    }
}

/// Answers in the shapes of the services' documentation.
private enum Answers {
    static let latest = Array(
        """
        {"zone":"FR","carbonIntensity":83,"datetime":"2023-03-20T17:00:00.000Z","updatedAt":"2023-03-20T16:51:02.892Z",
        "createdAt":"2023-03-17T17:54:01.319Z","emissionFactorType":"lifecycle","isEstimated":true,
        "estimationMethod":"TIME_SLICER_AVERAGE"}
        """.utf8
    )
    static let history = Array(
        """
        {"zone":"FR","history":[
        {"zone":"FR","carbonIntensity":80.5,"datetime":"2023-03-20T16:00:00.000Z","isEstimated":false},
        {"zone":"FR","carbonIntensity":83,"datetime":"2023-03-20T17:00:00.000Z","isEstimated":true}]}
        """.utf8
    )
    static let forecast = Array(
        """
        {"zone":"FR","forecast":[{"carbonIntensity":90,"datetime":"2023-03-20T18:00:00.000Z"},
        {"carbonIntensity":95,"datetime":"2023-03-20T19:00:00.000Z"}],"updatedAt":"2023-03-20T16:51:02.892Z"}
        """.utf8
    )
    static let britain = Array(
        """
        {"data":[{"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z",
        "intensity":{"forecast":266,"actual":263,"index":"moderate"}},
        {"from":"2018-01-20T12:30Z","to":"2018-01-20T13:00Z",
        "intensity":{"forecast":259,"actual":null,"index":"moderate"}}]}
        """.utf8
    )
    static let region = Array(
        """
        {"data":[{"regionid":13,"dnoregion":"UKPN London","shortname":"London","data":[
        {"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z","intensity":{"forecast":41,"index":"low"},
        "generationmix":[{"fuel":"gas","perc":43.6}]}]}]}
        """.utf8
    )
    static let wattTime = Array(
        """
        {"data":[{"point_time":"2026-11-21T18:05:00+00:00","value":1000.0},
        {"point_time":"2026-11-21T18:10:00+00:00","value":810.5}],
        "meta":{"data_point_period_seconds":300,"region":"CAISO_NORTH","warnings":[],"signal_type":"co2_moer",
        "model":{"date":"2026-03-01"},"units":"lbs_co2_per_mwh","generated_at_period_seconds":300,
        "generated_at":"2026-11-21T18:05:00+00:00"}}
        """.utf8
    )
}
