import QueueCore
import Testing

@testable import QueueStorePostgres

@Suite struct ExplainingServerErrors {
  private func error(_ state: String, _ message: String = "reason") throws -> StoreError {
    StoreError(
      ServerError(state: state, message: message),
      at: try ServerAddress("postgres://u:secret@h/d?schema=q"), user: "u")
  }

  @Test(arguments: [
    ("40001", StoreError.Code.busy), ("40P01", .busy), ("55P03", .busy), ("57014", .busy),
    ("53300", .busy), ("53200", .busy), ("53100", .full), ("25006", .readOnly),
    ("28P01", .cannotOpen), ("28000", .cannotOpen), ("3D000", .cannotOpen), ("42501", .cannotOpen),
    ("57P03", .cannotOpen), ("08006", .cannotOpen), ("3F000", .foreign), ("42P01", .foreign),
    ("XX001", .corrupt), ("58030", .undurable), ("22012", .other),
  ])
  func `FAULT 110: each class of errors has its code`(state: String, code: StoreError.Code) throws {
    let error = try error(state)
    #expect(error.code == code)
    #expect(error.cause == StoreError.number(state))
    #expect(error.message.contains("postgres://u@h/d?schema=q"))
  }

  @Test func `FAULT 113: a missing right comes with the statements that grant it`() throws {
    #expect(
      try error("42501", "permission denied for table jobs").message
        == "postgres://u@h/d?schema=q: permission denied for table jobs; the owner of the queue "
        + "can run: GRANT USAGE ON SCHEMA \"q\" TO u; GRANT ALL ON ALL TABLES IN SCHEMA \"q\" "
        + "TO u; GRANT ALL ON ALL SEQUENCES IN SCHEMA \"q\" TO u")
  }

  @Test func `FAULT 123: a missing library comes with the package that has it`() {
    let error = #expect(throws: StoreError.self) { try Library(named: "libqueuectl-none.so.5") }
    #expect(error?.code == .cannotOpen)
    #expect(
      error?.message.hasPrefix(
        "queues in PostgreSQL need libqueuectl-none.so.5: apt-get install libpq5 (") == true)
  }

  @Test func `FAULT 123: a library without a function of libpq is too old`() {
    let error = #expect(throws: StoreError.self) { try Library(named: "libm.so.6") }
    #expect(error?.code == .cannotOpen)
    #expect(error?.message.contains("need libpq 12 or newer: upgrade libpq5") == true)
  }

  @Test func `an unsuitable server is named with what it needs`() throws {
    let address = try ServerAddress("postgres://h/d")
    #expect(
      StoreError.tooOld(address, 110_021).message
        == "postgres://h/d runs PostgreSQL 11: queues need version 12 or newer")
    #expect(
      StoreError.tooOld(address, 90_624).message
        == "postgres://h/d runs PostgreSQL 9.06: queues need version 12 or newer")
    #expect(StoreError.wrongEncoding(address, "LATIN1").message.contains("encoded in LATIN1"))
  }

  @Test func `a server that can't be reached is named without its password`() throws {
    guard (try? Library.load()) != nil else { return }
    let address = try ServerAddress("postgres://u:secret@%2Fnonexistent%2Fqueuectl/d")
    let error = #expect(throws: StoreError.self) {
      try PostgresJobStore.open(address, creating: true)
    }
    #expect(error?.code == .cannotOpen)
    #expect(error?.message.hasPrefix("can't reach postgres://u@%2Fnonexistent") == true)
    #expect(error?.message.contains("secret") == false)
  }
}
