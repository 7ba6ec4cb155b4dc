import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/** Documents in the file as they come over the wire: BSON. H2 would use Java's serialization. */
final class DocumentType extends BasicDataType<Document> {
    /** Bytes of memory that a value takes beside its letters, about. */
    private static final int EACH = 48;

    @Override
    public void write(WriteBuffer to, Document document) {
        ByteBuf bson = Unpooled.buffer(1 << 10);
        BsonEncoder.encodeDocument(document, bson);
        to.putInt(bson.readableBytes()).put(bson.nioBuffer());
    }

    @Override
    public Document read(ByteBuffer from) {
        byte[] bson = new byte[from.getInt()];
        from.get(bson);
        return BsonDecoder.decodeBson(Unpooled.wrappedBuffer(bson));
    }

    @Override
    public Document[] createStorage(int size) {
        return new Document[size];
    }

    @Override
    public int getMemory(Document document) {
        return size(document);
    }

    private static int size(Object value) {
        if (value instanceof String text) {
            return EACH + text.length();
        }
        if (value instanceof Map<?, ?> fields) {
            return EACH + fields.values().stream().mapToInt(each -> EACH + size(each)).sum();
        }
        return value instanceof Collection<?> items ? EACH + items.stream().mapToInt(DocumentType::size).sum() : EACH;
    }
}
