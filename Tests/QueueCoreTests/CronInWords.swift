import QueueCore
import Testing

@Suite struct CronInWords {
  @Test(
    arguments: [
      ("30 2 * * *", "at 02:30 every day"),
      ("0,30 2 * * *", "at 02:00 and 02:30 every day"),
      ("15 9,12,18 * * 1-5", "at 09:15, 12:15 and 18:15 on every Monday to Friday"),
      ("@hourly", "at :00 of every hour every day"),
      ("30 * * * *", "at :30 of every hour every day"),
      ("@daily", "at 00:00 every day"),
      ("@weekly", "at 00:00 on every Sunday"),
      ("@monthly", "at 00:00 on the 1st"),
      ("@yearly", "at 00:00 on the 1st, in January"),
      ("* * * * *", "every minute every day"),
      ("*/15 * * * *", "every 15 minutes every day"),
      ("0,20,40 * * * *", "every 20 minutes every day"),
      ("*/40 * * * *", "at :00 and :40 of every hour every day"),
      ("*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:59 every day"),
      ("* 3 * * *", "every minute from 03:00 to 03:59 every day"),
      ("*/30 22-4 * * *", "every 30 minutes from 22:00 to 04:59 every day"),
      ("*/10 0,2,4-6 * * *", "every 10 minutes in the hours 0, 2 and 4 to 6 every day"),
      ("0 9-17 * * *", "at :00 of the hours 9 to 17 every day"),
      ("0-29,45 */12 * * *", "at :00 to :29 and :45 of the hours 0 and 12 every day"),
      ("0 */6 * * *", "at 00:00, 06:00, 12:00 and 18:00 every day"),
      ("0 0 13 * 5", "at 00:00 on the 13th and on every Friday"),
      ("0 0 1-7 * mon", "at 00:00 on the 1st to 7th and on every Monday"),
      ("0 0 */10 * mon", "at 00:00 on every Monday, if it is the 1st, 11th, 21st and 31st"),
      ("0 0 1-31 * mon", "at 00:00 every day"),
      ("0 0 */1 * 5", "at 00:00 on every Friday"),
      ("0 0 2,3,22,23,31 * *", "at 00:00 on the 2nd, 3rd, 22nd, 23rd and 31st"),
      ("0 0 L * *", "at 00:00 on the last day of the month"),
      ("0 0 1,LW * *", "at 00:00 on the 1st and last Monday-to-Friday of the month"),
      ("0 0 * * 5L", "at 00:00 on the last Friday of the month"),
      (
        "0 0 * * 3,mon#1,thu#3",
        "at 00:00 on every Wednesday, the 1st Monday of the month and the 3rd Thursday of the month"
      ),
      ("0 0 * * fri-mon", "at 00:00 on every Friday to Monday"),
      ("0 0 * * 2,6,0", "at 00:00 on every Tuesday, Saturday and Sunday"),
      ("0 0 * * 0-6", "at 00:00 every day"),
      ("0 0 1 nov-feb *", "at 00:00 on the 1st, in November to February"),
      ("0 0 1 jan,jul *", "at 00:00 on the 1st, in January and July"),
    ] as [(String, String)])
  func `an expression is described in words`(text: String, words: String) throws {
    #expect(try CronExpression(text).words == words)
  }
}
